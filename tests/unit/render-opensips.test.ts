import { expect } from "chai";
import type { ClusterPlan, Relay } from "../../config/plan.ts";
import { opensipsFiles, opensipsSecretFiles } from "../../render/opensips.ts";
import { opensipsStatements } from "../../render/opensipsStatements.ts";
import { packagesFor } from "../../render/packages.ts";
import type { RenderedFile } from "../../render/renderedFile.ts";
import { readStatic } from "../../render/staticTree.ts";
import { mediaServerPlan, opensipsPlan, placeholderSecrets, withRelay } from "../support/plans.ts";

const plan = opensipsPlan();

function named(files: readonly RenderedFile[], path: string): RenderedFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`${path} is not rendered`);
  return file;
}

const local = (changed = plan): string => named(opensipsFiles(changed), "/etc/opensips/opensips-local.cfg").content;

describe("OpenSIPS's fragments", () => {
  it("listen on the floating IP, and nowhere else", () => {
    const sockets = ["socket=udp:198.51.100.10:5060", "socket=tcp:198.51.100.10:5060"];
    expect(local().match(/^socket=.*/gm)).to.deep.equal(sockets);
    expect(readStatic("node-opensips", "/etc/opensips/edge.cfg")).to.not.match(/^socket=/m);
  });

  it("listen by UDP alone where the stack has no TCP", () => {
    const content = local({ ...plan, sip: { ...plan.sip, tcp: false } });
    expect(content.match(/^socket=.*/gm)).to.deep.equal(["socket=udp:198.51.100.10:5060"]);
    expect(content).to.not.include("proto_tcp");
  });

  it("make no alias of an address that is a socket already", () => {
    expect(local({ ...plan, sip: { ...plan.sip, domain: "198.51.100.10" } })).to.not.match(/^alias=/m);
  });

  it("end each exempt network with a comma, so that none is an empty list", () => {
    expect(local()).to.include('"exempt=s:")');
    const rateLimit = { ...plan.rateLimit, exempt: ["10.0.0.0/8", "192.0.2.1/32"] };
    expect(local({ ...plan, rateLimit })).to.include('"exempt=s:10.0.0.0/8,192.0.2.1/32,")');
  });

  it("hold credentials only where root and opensips can read them", () => {
    const files = opensipsSecretFiles(plan, placeholderSecrets);
    expect(files.map(({ path, mode, owner, effect }) => [path, mode, owner, effect])).to.deep.equal([
      ["/etc/opensips/opensips-secrets.cfg", "0640", "root:opensips", "proxy"],
      ["/etc/opensips/opensips-probe.cfg", "0600", "root:root", "none"],
    ]);
  });

  it("give trials an account of their own", () => {
    const { content } = named(opensipsSecretFiles(plan, placeholderSecrets), "/etc/opensips/opensips-probe.cfg");
    expect(content).to.include(`"mysql://probe_1:${placeholderSecrets.probePassword}@10.77.0.21:3306/opensips"`);
    expect(content).not.to.include(placeholderSecrets.databasePassword);
  });

  it("rejects a password that the database URL cannot carry", () => {
    const secrets = { ...placeholderSecrets, databasePassword: "correct@horse" };
    expect(() => opensipsSecretFiles(plan, secrets)).to.throw("must not contain @");
  });

  it("rejects a token that would end its line", () => {
    expect(() => opensipsStatements([{ global: "socket", token: "udp:1.2.3.4:5060\nsocket=any" }])).to.throw(
      "letters, digits",
    );
  });
});

const RELAYS: readonly Relay[] = ["rtpproxy", "rtpengine", "mediaproxy", "none"];

/** What a start with the database reads, or one without: the static files, the fragments of a plan, and what these include. */
function whole(changed: ClusterPlan, main = "opensips"): { text: string; generated: string } {
  const fragments = [...opensipsFiles(changed), ...opensipsSecretFiles(changed, placeholderSecrets)];
  const generated = fragments.map(({ content }) => content).join("");
  const parts = [...generated.matchAll(/^include_file "(.*)"$/gm)].map((match) => match[1] ?? "");
  const own = readStatic("node-opensips", `/etc/opensips/${main}.cfg`).matchAll(/^include_file "(.*)"$/gm);
  const files = [...[...own].map((match) => match[1] ?? ""), ...parts];
  return { text: files.map((path) => readStatic("node-opensips", path)).join("\n"), generated };
}

const balanced = { ...plan, mediaServers: mediaServerPlan().mediaServers };

describe("the static opensips.cfg", () => {
  const { text, generated } = whole(balanced);
  const stacks = { ...Object.fromEntries(RELAYS.map((relay) => [`relay ${relay}`, withRelay(plan, relay)])), balanced };

  for (const [name, changed] of Object.entries(stacks)) {
    it(`has each route that it calls and each handler that it arms, with ${name === "balanced" ? "media servers" : name}`, () => {
      for (const main of ["opensips", "without-database"]) {
        const { text } = whole(changed, main);
        const missing = [
          ...[...text.matchAll(/\broute\((\w+)\)/g)].map((match) => `route[${match[1] ?? ""}]`),
          ...[...text.matchAll(/t_on_(branch|failure)\("(\w+)"/g)].map(
            (match) => `${match[1] ?? ""}_route[${match[2] ?? ""}]`,
          ),
        ].filter((name) => !text.includes(`\n${name} {`));
        expect(missing, main).to.deep.equal([]);
      }
    });
  }

  it("includes the part of the stack's relay and the one for media servers, and no other", () => {
    const parts = (changed: ClusterPlan) =>
      local(changed).match(/(?<=^include_file "\/etc\/opensips\/).*(?=\.cfg"$)/gm);
    for (const relay of RELAYS) {
      expect(parts(withRelay(plan, relay))).to.deep.equal([`relay-${relay}`, "media-servers-none"]);
    }
    expect(parts(balanced)).to.deep.equal(["relay-rtpproxy", "media-servers"]);
  });

  it("sets parameters only of modules that it loads, and so do its fragments", () => {
    const all = text + generated;
    const loaded = [...all.matchAll(/^loadmodule "(\w+)\.so"/gm)].map((match) => match[1]);
    const configured = [...all.matchAll(/^modparam\("([\w|]+)"/gm)].flatMap((match) => match[1]?.split("|") ?? []);
    expect(configured.filter((name) => !loaded.includes(name))).to.deep.equal([]);
  });

  it("has a value for each variable that its fragments give, and no other", () => {
    const given = new Set([...generated.matchAll(/"shvset", "(\w+)=/g)].map((match) => match[1]));
    const own = ["draining", "relay_failing", "database_silent", "paid"];
    const used = new Set([...text.matchAll(/\$\(?shv\((\w+)\)/g)].map((match) => match[1] ?? ""));
    for (const name of given) expect(used, name).to.include(name);
    expect([...used].filter((name) => !given.has(name) && !own.includes(name))).to.deep.equal([]);
  });

  const bodies = new Map(
    [...text.matchAll(/^(\w+\[?\w*\]?) \{\n([^]*?)^\}/gm)].map(([, name, body = ""]) => [name, body]),
  );
  const bodyOf = (route: string): string => bodies.get(`route[${route}]`) ?? "";

  it("leaves three workers for UDP and one for TCP to those who need no database, however long that does not answer", () => {
    const number = (line: RegExp): number => Number(line.exec(text)?.[1]);
    expect(number(/^udp_workers=(\d+)$/m) - number(/^\t\$var\(seats\) = (\d+);$/m)).to.equal(3);
    expect(number(/^tcp_workers=(\d+)$/m) - number(/^\t\t\$var\(seats\) = (\d+);$/m)).to.equal(1);
    const asking = [...bodies].filter(([, body]) => /\b(save|lookup)\(|"select ha1 /.test(body));
    expect(asking.map(([name]) => name)).to.have.members(["route[LOCATION]", "route[DIGEST]", "route[STORE]"]);
    expect(bodyOf("STORE")).to.match(/cache_add\("local", "\$var\(pool\)", 1, 0\);[^]*save[^]*route\(LEAVE_DATABASE\)/);
    for (const name of ["LOCATION", "DIGEST"]) {
      expect(bodyOf(name), name).to.match(/route\(DATABASE\);\n\tif \(\$rc < 0\)[^]*route\(LEAVE_DATABASE\)/);
    }
  });

  // With 1 the first question over a connection that is gone finds nothing, and nobody is told: a false 404 (db_mysql 3.6).
  it("asks again over a new connection where the old one is gone", () => {
    expect(text).to.include('modparam("db_mysql", "max_db_queries", 2)');
  });

  it("takes no worker's place at the database along when a repetition ends the script", () => {
    const [before = ""] = bodyOf("STORE").split("t_newtran()");
    expect(before).not.to.match(/cache_add|route\(DATABASE\)/);
  });

  it("asks the database once more before it takes a dead one for one without such a user", () => {
    expect(bodyOf("LOCATION")).to.match(/route\(DATABASE_ANSWERS\)[^]*if \(\$var\(answers\) < 0\)[^]*404/);
    expect(bodyOf("DIGEST")).to.match(/== -1\) \{\n\t\troute\(DATABASE_ANSWERS\)/);
  });

  it("answers a REGISTER only when its rows are there, since save answers 200 OK without any", () => {
    const steps = [...bodyOf("STORE").matchAll(/save\(.*\)|route\(STORED\)|if \(\$var\(stored\) > 0\)/g)].map(
      ([step]) => step,
    );
    expect(steps).to.deep.equal([
      'save("location", "path-lazy,path-received,no-reply")',
      "route(STORED)",
      "if ($var(stored) > 0)",
      'save("location", "path-lazy,path-received")',
    ]);
  });
});

describe("packages of a node with OpenSIPS", () => {
  it("are OpenSIPS's and not Kamailio's", () => {
    const names = packagesFor("node", plan);
    expect(names).to.include("opensips-mysql-module");
    expect(names.filter((name) => name.startsWith("kamailio"))).to.deep.equal([]);
    expect(names).to.deep.equal([...new Set(names)].sort());
  });
});
