import { expect } from "chai";
import type { ClusterPlan } from "../../config/plan.ts";
import { databaseFiles, databaseSecretFiles, optionSection } from "../../render/database.ts";
import { kamailioDefines, kamailioFiles, kamailioSecretFiles } from "../../render/kamailio.ts";
import type { RenderedFile } from "../../render/renderedFile.ts";
import { readStatic } from "../../render/staticTree.ts";
import { mediaServerPlan, placeholderSecrets, twoNodePlan } from "../support/plans.ts";

const plan = twoNodePlan();
const tls = { port: 5061, certificate: "-----BEGIN CERTIFICATE-----\n", validUntil: "2126-11-05T19:23:46.000Z" };

/** What Kamailio reads: kamailio.cfg with the static file that it includes. */
function routes(): string {
  const [kamailio, media] = ["kamailio.cfg", "media.cfg"].map((name) =>
    readStatic("node-kamailio", `/etc/kamailio/${name}`),
  );
  return `${kamailio ?? ""}\n${media ?? ""}`;
}

function named(files: readonly RenderedFile[], path: string): RenderedFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`${path} is not rendered`);
  return file;
}

describe("Kamailio's fragments", () => {
  it("listens on the floating IP, and nowhere else", () => {
    const { content } = named(kamailioFiles(plan), "/etc/kamailio/kamailio-local.cfg");
    expect(content).to.include("#!define SIP_LISTEN udp:198.51.100.10:5060\n");
    expect(content).to.include("#!define TCP_LISTEN tcp:198.51.100.10:5060\n").and.not.include("TLS_LISTEN");
    expect(readStatic("node-kamailio", "/etc/kamailio/kamailio.cfg").match(/^listen=.*/gm)).to.deep.equal([
      "listen=SIP_LISTEN",
      "listen=TCP_LISTEN",
      "listen=TLS_LISTEN",
    ]);
  });

  it("listens on UDP alone where that is wanted, and on TLS with its certificate", () => {
    const listeners = (sip: ClusterPlan["sip"]): readonly string[] => {
      const { content } = named(kamailioFiles({ ...plan, sip }), "/etc/kamailio/kamailio-local.cfg");
      return content.match(/(?<=^#!define )(TCP_USED|\w+_LISTEN \w+)/gm) ?? [];
    };
    expect(listeners({ ...plan.sip, tcp: false })).to.deep.equal(["SIP_LISTEN udp"]);
    expect(listeners({ ...plan.sip, tcp: false, tls })).to.deep.equal(["SIP_LISTEN udp", "TCP_USED", "TLS_LISTEN tls"]);
  });

  it("gives certificate and key an effect of their own, and the key to nobody but root and the proxy", () => {
    const withTls = { ...plan, sip: { ...plan.sip, tls } };
    const secrets = { ...placeholderSecrets, tlsKey: "-----BEGIN PRIVATE KEY-----" };
    const certificate = named(kamailioFiles(withTls), "/etc/kamailio/tls/certificate.pem");
    const key = named(kamailioSecretFiles(withTls, secrets), "/etc/kamailio/tls/key.pem");
    expect([certificate.effect, certificate.content]).to.deep.equal(["tls", tls.certificate]);
    expect([key.mode, key.owner, key.effect]).to.deep.equal(["0640", "root:kamailio", "tls"]);
    expect(kamailioSecretFiles(plan, secrets).some(({ path }) => path.includes("tls"))).to.equal(false);
  });

  it("limits sources, but not the node itself, the media servers and who is exempt", () => {
    const rateLimit = { requestsPerSec: 50, failuresPerMin: 7, exempt: ["198.18.7.0/24"] };
    const { content } = named(kamailioFiles({ ...plan, rateLimit }), "/etc/kamailio/kamailio-local.cfg");
    expect(content).to.include("#!define REQUESTS_PER_10S 500\n").and.include("#!define FAILURES_PER_MIN 7\n");
    expect(content).to.include('#!define EXEMPT_NETWORKS "127.0.0.1/32,198.51.100.10/32,198.18.7.0/24"\n');
  });

  it("holds credentials only where root and kamailio can read them", () => {
    const files = kamailioSecretFiles(plan, placeholderSecrets);
    expect(files.map(({ path, mode, owner }) => [path, mode, owner])).to.deep.equal([
      ["/etc/kamailio/kamailio-secrets.cfg", "0640", "root:kamailio"],
      ["/etc/kamailio/kamailio-probe.cfg", "0600", "root:root"],
    ]);
  });

  it("restarts the proxy for its own password, and nothing for that of the trials", () => {
    const files = kamailioSecretFiles(plan, placeholderSecrets);
    expect(files.map((file) => file.effect)).to.deep.equal(["proxy", "none"]);
  });

  it("gives trials an account of their own", () => {
    const { content } = named(kamailioSecretFiles(plan, placeholderSecrets), "/etc/kamailio/kamailio-probe.cfg");
    expect(content).to.include(`"mysql://probe_1:${placeholderSecrets.probePassword}@10.77.0.21:3306/kamailio"`);
    expect(content).not.to.include(placeholderSecrets.databasePassword);
  });

  it("defines precisely what kamailio.cfg uses", () => {
    const plan = mediaServerPlan();
    const text = routes().replace(/^\s*#(?!!).*$/gm, "");
    const fragments = [
      ...kamailioFiles({ ...plan, sip: { ...plan.sip, tls } }),
      ...kamailioSecretFiles(plan, placeholderSecrets),
    ];
    const defined = fragments.flatMap((file): readonly string[] => file.content.match(/(?<=^#!define )\w+/gm) ?? []);
    for (const name of new Set(defined)) expect(text, name).to.match(new RegExp(`\\b${name}\\b`));
    const local: readonly string[] = text.match(/(?<=^#!define |route\[)\w+/gm) ?? [];
    const used = text.match(/\b(SIP|DATABASE|LOCATION|FLT|FLB|MEDIA)_[A-Z]+(_[A-Z]+)*\b/g) ?? [];
    expect([...new Set(used)].filter((name) => !defined.includes(name) && !local.includes(name))).to.deep.equal([]);
  });

  it("rejects a password that the database URL cannot carry", () => {
    const secrets = { ...placeholderSecrets, databasePassword: "correct/horse" };
    expect(() => kamailioSecretFiles(plan, secrets)).to.throw("must not contain /");
  });

  it("rejects a name that is no define", () => {
    expect(() => kamailioDefines({ "a b": { string: "x" } })).to.throw("A-Z, 0-9 and _");
  });

  it("rejects a token that would end its line", () => {
    expect(() => kamailioDefines({ SIP_LISTEN: { token: "udp:1.2.3.4:5060\nlisten=any" } })).to.throw(
      "letters, digits",
    );
  });
});

describe("the static kamailio.cfg", () => {
  const text = routes();

  it("has each route that it calls and each handler that it arms", () => {
    const missing = [
      ...[...text.matchAll(/\broute\((\w+)\)/g)].map((match) => `route[${match[1] ?? ""}]`),
      ...[...text.matchAll(/t_on_(branch|failure)\("(\w+)"/g)].map(
        (match) => `${match[1] ?? ""}_route[${match[2] ?? ""}]`,
      ),
      ...[...text.matchAll(/t_on_reply\("(\w+)"/g)].map((match) => `onreply_route[${match[1] ?? ""}]`),
    ].filter((name) => !text.includes(`\n${name} {`));
    expect(missing).to.deep.equal([]);
  });

  it("follows calls before it forwards them, and accounts for a request within one when it is on its way", () => {
    expect(text.indexOf("\troute(DIALOG);")).to.be.within(
      text.indexOf("\trecord_route();"),
      text.indexOf("\troute(LOCATION);"),
    );
    expect(text).to.match(
      /if \(!t_relay\(\)\) \{\n\t\tsl_reply_error\(\);\n\t\}\n\tif \(is_method\("BYE\|CANCEL"\)\) route\(MEDIA_END\);\n\troute\(ACCOUNTING\);\n\texit;/,
    );
  });

  it("asks the relay only where few wait for it, and drops the answer that it did not take before a transaction knows it", () => {
    const asking = [...text.matchAll(/^(\w+\[?\w*\]?) \{\n([^]*?)^\}/gm)].filter(([, , body = ""]) =>
      /\b(rtpproxy|rtpengine)_\w+\(|route\(MEDIA_(OFFER|ANSWER|DELETE)\)/.test(body),
    );
    expect(asking.map(([, name]) => name)).to.deep.equal([
      ...["MEDIA", "MEDIA_REPLY", "MEDIA_END"].map((name) => `route[${name}]`),
      ...["MEDIA_OFFER", "MEDIA_ANSWER", "MEDIA_DELETE", "PROBE_RELAY"].map((name) => `route[${name}]`),
    ]);
    for (const [, name, body = ""] of asking.slice(0, 3)) {
      expect(body, name).to.match(/route\(ASK_RELAY\);\n\tif \(\$rc < 0\)[^]*route\(LEAVE_RELAY\)/);
    }
    expect(text).to.match(/^reply_route \{[^}]*\}\n\troute\(MEDIA_REPLY\);\n\tif \(\$rc < 0\) drop;\n\}/m);
    expect(text).not.to.match(/t_on_reply|onreply_route/);
  });

  it("leaves three workers for UDP and one for TCP to those who need no database, however long that does not answer", () => {
    const number = (line: RegExp): number => Number(line.exec(text)?.[1]);
    expect(number(/^children=(\d+)$/m) - number(/^#!define DATABASE_SEATS (\d+)$/m)).to.equal(3);
    expect(number(/^tcp_children=(\d+)$/m) - number(/^#!define DATABASE_SEATS_TCP (\d+)$/m)).to.equal(1);
    const bodies = [...text.matchAll(/^(\w+\[?\w*\]?) \{\n([^]*?)^\}/gm)];
    const asking = bodies.filter(([, , body = ""]) => /\b(\w+_authorize|save|lookup)\(/.test(body));
    expect(asking.map(([, name]) => name)).to.deep.equal(
      ["AUTH_PHONE", "AUTH_CALLER", "REGISTRAR", "LOCATION"].map((name) => `route[${name}]`),
    );
    for (const [, name, body = ""] of asking) {
      expect(body, name).to.match(/route\(DATABASE\)[^]*\b(\w+_authorize|save|lookup)\([^]*route\(LEAVE_DATABASE\)/);
    }
  });

  it("puts into SQL only what was escaped, or is a value of its own", () => {
    const statements = [...text.matchAll(/sql_query\("\w+", "([^"]*)"|\$_s\((insert .*)\);$/gm)].map(
      ([, direct, built]) => direct ?? built ?? "",
    );
    const own = /\$dlg\((h_entry|h_id|start_ts)\)|\$var\((now|ended|how|row|sql)\)|\$TV\(Sn\)/g;
    const escaped = /\$\([\w()]+\{s\.escape\.common\}\)/g;
    expect(statements.filter((sql) => sql.replace(escaped, "").replace(own, "").includes("$"))).to.deep.equal([]);
    expect(statements.flatMap((sql) => sql.match(escaped) ?? [])).to.have.length(10);
    expect(text.match(/\$var\(row\) = .*/g)).to.deep.equal([
      "$var(row) = $_s($dlg(h_entry):$dlg(h_id));",
      "$var(row) = $shtitkey(owed);",
      "$var(row) = $_s($(ci{s.md5}):begun);",
      "$var(row) = $(ci{s.md5});",
    ]);
  });

  it("sets parameters only of modules that it loads", () => {
    const loaded = [...text.matchAll(/^loadmodule "(\w+)\.so"/gm)].map((match) => match[1]);
    const configured = [...text.matchAll(/^modparam\("([\w|]+)"/gm)].flatMap((match) => match[1]?.split("|") ?? []);
    expect(configured.filter((name) => !loaded.includes(name))).to.deep.equal([]);
  });
});

describe("MariaDB's fragments", () => {
  it("binds the database to its private address", () => {
    const { content } = named(databaseFiles(plan), "/etc/mysql/mariadb.conf.d/61-sip-ha-local.cnf");
    expect(content).to.match(/\[mariadb\]\nbind_address = 10\.77\.0\.21\nport = 3306\n$/);
  });

  it("lets the accounts come from the nodes' private addresses only", () => {
    const { content } = named(databaseFiles(plan), "/etc/sip-ha/database.env");
    expect(content).to.include("NODE_ADDRESSES='10.77.0.11 10.77.0.12'\n");
  });

  it("tells accounting what the nodes are called", () => {
    const { content } = named(databaseFiles(plan), "/etc/sip-ha/database.env");
    expect(content).to.include("NODE_NAMES='sip1 sip2'\nNODE_ADDRESSES='10.77.0.11 10.77.0.12'\n");
  });

  it("lets a call last as long after a takeover as before", () => {
    const schema = readStatic("database", "/usr/lib/sip-ha/schema.sql");
    const [, inTable] = /NEW\.start_time \+ (\d+)/.exec(schema) ?? [];
    const [, inProxy] =
      /"dialog", "default_timeout", (\d+)/.exec(readStatic("node-kamailio", "/etc/kamailio/kamailio.cfg")) ?? [];
    expect(inTable).to.equal(inProxy).and.to.match(/^\d+$/);
  });

  it("keeps passwords in a file of root alone", () => {
    const { mode, owner, content } = named(
      databaseSecretFiles(plan, { ...placeholderSecrets, probePassword: String.raw`it's \one` }),
      "/etc/sip-ha/database-secrets.sql",
    );
    expect([mode, owner]).to.deep.equal(["0600", "root:root"]);
    expect(content).to.include(String.raw`SET @probe_password = 'it''s \\one';`);
  });

  it("rejects an option value that would need quotes", () => {
    expect(() => optionSection("mariadb", { bind_address: "10.0.0.1 #" })).to.throw("bind_address must be");
  });

  it("grants the proxy no more than it writes, and trials nothing but reading", () => {
    const grants = readStatic("database", "/usr/lib/sip-ha/database-apply").match(
      /GRANT [A-Z, ]+ ON \S+ TO '%s'@'%s';\\n" "\$\w+/g,
    );
    expect(grants).to.deep.equal([
      String.raw`GRANT SELECT, INSERT, UPDATE, DELETE ON kamailio.location TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT, INSERT, UPDATE, DELETE ON kamailio.dialog TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT, INSERT, UPDATE, DELETE ON kamailio.dialog_vars TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT, INSERT, UPDATE ON kamailio.accounting TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT ON kamailio.subscriber TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT ON kamailio.version TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT ON kamailio.* TO '%s'@'%s';\n" "$PROBE_ACCOUNT`,
      String.raw`GRANT SELECT, INSERT, UPDATE, DELETE ON opensips.location TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT, INSERT, UPDATE, DELETE ON opensips.dialog TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT, INSERT, UPDATE ON opensips.accounting TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT ON opensips.subscriber TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT ON opensips.version TO '%s'@'%s';\n" "$PROXY_ACCOUNT`,
      String.raw`GRANT SELECT ON opensips.* TO '%s'@'%s';\n" "$PROBE_ACCOUNT`,
    ]);
  });
});
