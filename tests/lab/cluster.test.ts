import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { execa } from "execa";
import { z } from "zod";
import { eventually } from "../../remote/eventually.ts";
import { projectDir } from "../../toolchain/versions.ts";
import type { KeptCall } from "../../verify/openCalls/keptCalls.ts";
import { type CallsAfter, LiveCalls, STUBBORN_CALLS } from "../support/liveCalls.ts";
import { askInOneDatagram, registerDatagram } from "../support/oneDatagram.ts";
import { tortureMessages, wrongAnswers } from "../support/torture.ts";
import { ALERTS, dockerObjects, inMachine, LAB, type Outcome, Sandbox, STACK } from "../support/sandbox.ts";

const CANARY = "canary-7f3a91c4d2-not-a-real-password";
const NODES = ["sip1", "sip2"] as const;
const KAMAILIO_CFG = "files/node-kamailio/etc/kamailio/kamailio.cfg";
const DOMAIN = "test.example.net";
const RELAY_UNIT = "files/node-rtpproxy/etc/systemd/system/sip-ha-relay.service";

const alertSchema = z.object({ stack: z.string(), node: z.string(), subject: z.string(), state: z.string() });
const reportSchema = z.object({ verdict: z.string(), active: z.string().optional() });

async function status(sandbox: Sandbox): Promise<z.infer<typeof reportSchema>> {
  const { stdout } = await execa("node", ["bin/sip-ha.mjs", "status", "--json", "--stack", STACK], {
    cwd: sandbox.directory,
    env: sandbox.environment(),
    reject: false,
  });
  return reportSchema.parse(JSON.parse(stdout));
}

/** The node that has the floating IP, as the kernel says. */
async function holder(): Promise<string[]> {
  const views = await Promise.all(
    NODES.map((node) => inMachine(node, "ip", "-o", "-4", "addr", "show", "dev", "eth1")),
  );
  return NODES.filter((_, index) => views[index]?.includes(`${LAB.floatingIp}/`));
}

function expectSuccess({ exitCode, said }: Outcome): void {
  expect(exitCode, said.slice(-3000)).to.equal(0);
}

function withLine(path: string, after: string, line: string) {
  return { path, change: (text: string) => text.replace(after, `${after}\n${line}`) };
}

describe("a whole cluster in the Docker lab", function () {
  this.timeout("15m");
  let sandbox: Sandbox;
  const heard: string[] = [];
  const hear = (outcome: Outcome): Outcome => {
    heard.push(outcome.said);
    return outcome;
  };

  before(async () => {
    sandbox = await Sandbox.create();
    await sandbox.preparedShell(
      `printf %s '${CANARY}' | npx pulumi config set --secret sip-ha:databasePassword -s ${STACK}`,
    );
  });

  after(async () => {
    await sandbox.sipHa("destroy");
    await sandbox.remove();
  });

  it("rejects an unsound stack file at preview, every fault at once", async () => {
    const sound = await readFile(join(sandbox.directory, `Pulumi.${STACK}.yaml`), "utf8");
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text
        .replace(/gateway: \S+ ?\}/, "gateway: 10.0.0.1 }\n    sipp: {}")
        .replace("keepaliveMs: 500", "keepaliveMs: 200ms"),
    );
    const outcome = await sandbox.preparedShell(`npx pulumi preview -s ${STACK}`);
    await sandbox.edit(`Pulumi.${STACK}.yaml`, () => sound);
    expect(outcome.exitCode).to.not.equal(0);
    for (const path of ["floatingIp.gateway", "timing.keepaliveMs", "sipp"])
      expect(outcome.said).to.include(`- ${path} `);
    expect(await dockerObjects()).to.deep.equal([]);
  });

  it("converges after an `up` that was killed while it made the machines", async () => {
    const killed = sandbox.start("up");
    await untilSome(() => dockerObjects());
    if (killed.pid !== undefined) process.kill(-killed.pid, "SIGKILL");
    await killed;
    expectSuccess(hear(await sandbox.sipHa("up")));
    expect(await holder()).to.have.lengthOf(1);
  });

  it("has kept every packet that the caller saw while the active node died", async () => {
    const directory = join(sandbox.state, "reports", STACK, "latest");
    const [file] = (await readdir(directory)).filter((name) => name.endsWith("-power-off.pcap.gz"));
    const packets = gunzipSync(await readFile(join(directory, file ?? "missing")));
    expect(packets.toString("latin1")).to.include("BYE sip:").and.to.include("SIP/2.0 200 ");
  });

  it("reports a healthy cluster and who is active", async () => {
    const { verdict, active } = await status(sandbox);
    expect(verdict).to.equal("healthy");
    expect(await holder()).to.deep.equal([active]);
  });

  it("has told each node's alerts: who became active, and that the peer fell silent when it lost its power", async () => {
    const told = async (node: string): Promise<string[]> => {
      const lines = (await inMachine(node, "cat", ALERTS)).split("\n").filter((line) => line !== "");
      return lines.map((line) => {
        const { stack, node: from, subject, state } = alertSchema.parse(JSON.parse(line));
        expect([stack, from]).to.deep.equal([STACK, node]);
        return `${subject} ${state}`;
      });
    };
    const [active = ""] = await holder();
    const [standby = ""] = NODES.filter((node) => node !== active);
    expect(await told(active)).to.include("group active");
    // the one that survived the other's power-off, and gave the group back in the planned switchover
    const survivor = await told(standby);
    expect(survivor).to.include.members(["peer silent", "peer heard", "group standby"]);
    expect(survivor.indexOf("group active")).to.be.above(-1).and.below(survivor.lastIndexOf("group standby"));
  });

  it("gives nodes no name server", async () => {
    for (const node of NODES) {
      expect(await inMachine(node, "sh", "-c", "getent hosts example.org || echo unknown"), node).to.equal("unknown");
    }
  });

  it("finds daemons that accept the golden trees", async () => {
    const feed = async (machine: string, trees: readonly string[], ...words: string[]): Promise<void> => {
      await inMachine(machine, "rm", "-rf", "/var/tmp/golden");
      await inMachine(machine, "mkdir", "/var/tmp/golden");
      for (const tree of trees) {
        const from = `${join(projectDir, "tests/golden", tree)}/.`;
        await execa("docker", ["cp", from, `sip-ha-${STACK}-${machine}:/var/tmp/golden`]);
      }
      await inMachine(machine, ...words);
    };
    const kamailio =
      "cp /etc/kamailio/kamailio.cfg /etc/kamailio/media.cfg /var/tmp/golden/etc/kamailio/ && kamailio -c -f /var/tmp/golden/etc/kamailio/kamailio.cfg";
    // a tree beyond the two-node one lies over it
    for (const trees of [["two-node/sip1"], ["two-node/sip2"], ["two-node/sip1", "media-servers/sip1"]]) {
      await feed(NODES[0], trees, "sh", "-c", kamailio);
    }
    const local = "--defaults-file=/var/tmp/golden/etc/mysql/mariadb.conf.d/61-sip-ha-local.cnf";
    await feed("db", ["two-node/db"], "mariadbd", local, "--verbose", "--help");
    await feed(
      "bastion",
      ["two-node/bastion"],
      "sh",
      "-c",
      "cat /var/tmp/golden/etc/chrony/sip-ha.d/*.conf >/var/tmp/golden/all.conf && chronyd -p -f /var/tmp/golden/all.conf",
    );
    const filters = ["two-node/sip1", "two-node/sip2", "two-node/db", "two-node/bastion", "two-node/caller"];
    for (const tree of [...filters, "media-servers/sip1", "kamailio-mediaproxy/sip1", "kamailio-rtpengine/db"]) {
      await feed(NODES[0], [tree], "nft", "-c", "-f", "/var/tmp/golden/etc/sip-ha/firewall.nft");
    }
  });

  it("admits at the packet filter what each network needs, and nothing else", async () => {
    const [active = ""] = await holder();
    const [standby = ""] = NODES.filter((node) => node !== active);
    const address = (node: string): string => (node === "sip1" ? "10.78.0.11" : "10.78.0.12");
    const tcp = async (from: string, to: string, port: number): Promise<string> =>
      `${from} ${to}:${port} ${await inMachine(from, "sh", "-c", `timeout 1 bash -c 'exec 3<>/dev/tcp/${to}/${port}' 2>/dev/null && echo open || echo closed`)}`;
    const both = NODES.map(address);
    // listens on every address: what is closed is closed by the filter
    const listener =
      "systemd-run -q --collect --unit=probe-listener socat TCP-LISTEN:8099,fork,reuseaddr OPEN:/dev/null";
    await inMachine(active, "sh", "-c", listener);
    try {
      const seen = await Promise.all([
        tcp("caller", LAB.floatingIp, 5060),
        tcp("caller", LAB.floatingIp, 22),
        tcp("caller", LAB.floatingIp, 8099),
        tcp("caller", address(active), 8099),
        ...both.map((node) => tcp("bastion", node, 22)),
        tcp("bastion", address(active), 8099),
        tcp("bastion", "10.78.0.21", 22),
        tcp("bastion", "10.78.0.21", 3306),
        tcp("caller", "10.78.0.21", 3306),
        tcp("caller", "10.78.0.21", 22),
        ...NODES.map((node) => tcp(node, "10.78.0.21", 3306)),
        tcp(standby, "10.78.0.21", 22),
        tcp(standby, address(active), 22),
        tcp(standby, "10.78.0.2", 22),
      ]);
      expect(seen.filter((line) => line.endsWith(" open"))).to.deep.equal([
        `caller ${LAB.floatingIp}:5060 open`,
        ...both.map((node) => `bastion ${node}:22 open`),
        "bastion 10.78.0.21:22 open",
        ...NODES.map((node) => `${node} 10.78.0.21:3306 open`),
      ]);
    } finally {
      await inMachine(active, "systemctl", "stop", "probe-listener");
    }
    const refused = await inMachine(active, "nft", "list", "counter", "inet", "sip_ha", "refused");
    expect(Number(/packets (\d+)/.exec(refused)?.[1])).to.be.above(0);
  });

  it("puts the former packet filter back when nobody confirms a new one, and says so until it is repaired", async () => {
    const [active = ""] = await holder();
    const standby = NODES.find((node) => node !== active) ?? "";
    const rules = async (): Promise<string> => inMachine(standby, "nft", "-s", "-t", "list", "table", "inet", "sip_ha");
    const before = await rules();
    await inMachine(standby, "sed", "-i", "s/ tcp dport 22 accept/ tcp dport 23 accept/", "/etc/sip-ha/firewall.nft");
    await inMachine(standby, "/usr/lib/sip-ha/firewall", "apply", "2");
    expect(await rules()).to.include("tcp dport 23 accept");
    const back = async () =>
      (await rules()) === before
        ? ({ met: true, value: true } as const)
        : ({ met: false, seen: "the new rules" } as const);
    await eventually("the former rules are back", back, { withinMs: 15_000, everyMs: 250 });
    await inMachine(standby, "nft", "add", "rule", "inet", "sip_ha", "input", "accept");
    await inMachine(standby, "nft", "add", "table", "inet", "of_others");
    expect((await sandbox.sipHa("drift")).said).to.include(`${standby}: firewall inet sip_ha: `);
    expectSuccess(hear(await sandbox.sipHa("up")));
    expect(await rules()).to.equal(before);
    expect(await inMachine(standby, "nft", "list", "tables")).to.include("inet of_others");
    await inMachine(standby, "nft", "delete", "table", "inet", "of_others");
  });

  it("answers or refuses every torture message as expected, in the same process, and serves after each", async () => {
    const [active = ""] = await holder();
    const proxyOf = async (): Promise<string> =>
      inMachine(active, "systemctl", "show", "-p", "MainPID", "-p", "NRestarts", "sip-ha-proxy");
    const before = await proxyOf();
    expect(await wrongAnswers(tortureMessages(DOMAIN))).to.deep.equal([]);
    expect(await proxyOf()).to.equal(before);
  });

  it("takes a challenge that it never made for an old one, and goes on serving", async () => {
    for (const number of [1, 2, 3]) {
      const answer = await askInOneDatagram(STACK, registerDatagram(DOMAIN, `foreign-${number}`, "Zm9yZWlnbg=="), 10);
      expect(answer.status).to.equal("401");
      expect(answer.text).to.include("stale=true");
    }
  });

  it("leaves the standby without a public address and without a default route", async () => {
    const [active] = await holder();
    const standby = NODES.find((node) => node !== active) ?? "";
    expect(await inMachine(standby, "ip", "-o", "-4", "addr", "show", "dev", "eth1", "scope", "global")).to.equal("");
    expect(await inMachine(standby, "ip", "route", "show", "default")).to.equal("");
    expect(await inMachine(active ?? "", "ip", "route", "show", "default")).to.include("via 198.18.10.1 dev eth1");
  });

  it("lets nothing leave the lab's networks", async () => {
    const [active = ""] = await holder();
    const ping = await execa("docker", ["exec", `sip-ha-${STACK}-${active}`, "ping", "-c1", "-W1", "198.18.200.1"], {
      reject: false,
    });
    expect(ping.exitCode).to.not.equal(0);
    expect(ping.stdout).to.match(/Unreachable/);
    for (const machine of ["bastion", "db", "router"]) {
      expect(await inMachine(machine, "ip", "route", "show", "default"), machine).to.equal("");
    }
  });

  it("changes nothing in a second `up`, and does not verify again", async () => {
    const outcome = hear(await sandbox.sipHa("up"));
    expectSuccess(outcome);
    expect(outcome.said).to.match(/\d+ unchanged/);
    expect(outcome.said).to.not.match(/\d+ (created|updated|replaced|deleted)/);
  });

  it("takes the active node out of the cluster, which serves on, and lets it in again as standby", async () => {
    const [node = ""] = await holder();
    const other = NODES.filter((name) => name !== node);
    const challenge = await askInOneDatagram(STACK, registerDatagram(DOMAIN, "before"), 10);
    expectSuccess(hear(await sandbox.sipHa("maintenance", "on", node)));
    expect(await holder()).to.deep.equal(other);
    // phones repeat the request with the new challenge, without asking for a password
    const nonce = /nonce="([^"]+)"/.exec(challenge.text)?.[1];
    const anew = await askInOneDatagram(STACK, registerDatagram(DOMAIN, "after", nonce), 10);
    expect(anew.text)
      .to.match(/^SIP\/2.0 401 /)
      .and.include("stale=true");
    expect(challenge.text)
      .to.match(/^SIP\/2.0 401 /)
      .and.not.include("stale");
    expect(await status(sandbox)).to.include({ verdict: "degraded", active: other[0] });
    const drift = await sandbox.sipHa("drift");
    expect(drift.exitCode, drift.said).to.equal(0);
    expectSuccess(hear(await sandbox.sipHa("maintenance", "off", node)));
    const healthy = async () => {
      const { verdict } = await status(sandbox);
      return verdict === "healthy"
        ? ({ met: true, value: verdict } as const)
        : ({ met: false, seen: verdict } as const);
    };
    await eventually("the cluster is healthy again", healthy, { withinMs: 60_000, everyMs: 1000 });
    expect(await holder()).to.deep.equal(other);
  });

  it("shows what was edited on a node as a diff, and an account that is gone, and puts both back while the active serves", async () => {
    const [active = ""] = await holder();
    const standby = NODES.find((node) => node !== active) ?? "";
    const sql = async (text: string): Promise<string> => inMachine("db", "mariadb", "-N", "-e", text);
    await inMachine(standby, "sh", "-c", "echo '# edited by hand' >>/etc/kamailio/kamailio.cfg");
    const accounts = "SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User LIKE 'kamailio\\_%' ORDER BY Host";
    const [account = ""] = (await sql(accounts)).split("\n");
    await sql(`DROP USER '${account.replace("@", "'@'")}'`);
    const drift = await sandbox.sipHa("drift");
    expect(drift.exitCode, drift.said).to.equal(2);
    expect(drift.said).to.include(`${standby}: file /etc/kamailio/kamailio.cfg: content differs`);
    expect(drift.said).to.match(/\+# edited by hand/);
    expect(drift.said).to.include(`db: account ${account}: missing`);
    expectSuccess(hear(await sandbox.sipHa("up")));
    expect(await sql(accounts)).to.include(account);
    expect(await holder()).to.deep.equal([active]);
    expect(await inMachine(standby, "cat", "/etc/kamailio/kamailio.cfg")).to.not.include("edited by hand");
    expect((await sandbox.sipHa("drift")).exitCode).to.equal(0);
  });

  it("continues the same stack from a second clone with plain Pulumi", async () => {
    const second = await Sandbox.create({ state: sandbox.state });
    try {
      await execa("cp", [join(sandbox.directory, `Pulumi.${STACK}.yaml`), second.directory]);
      expectSuccess(hear(await second.preparedShell(`npx pulumi preview -s ${STACK} --expect-no-changes`)));
    } finally {
      await second.remove();
    }
  });

  it("rejects under plain Pulumi, too, what would make both nodes and the database machine anew", async () => {
    const network = (from: string, to: string) =>
      sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(`privateSubnet: ${from}`, `privateSubnet: ${to}`));
    await network(LAB.privateSubnet, "10.90.0.0/24");
    const outcome = await sandbox.preparedShell(`npx pulumi preview -s ${STACK}`);
    await network("10.90.0.0/24", LAB.privateSubnet);
    expect(outcome.exitCode).to.not.equal(0);
    expect(outcome.said).to.include(`hosts.privateSubnet must stay ${LAB.privateSubnet}, which is in service`);
  });

  /** One `up` under calls, without a verification of its own, which would need their phones; the tables stay as they are. */
  async function upUnderCalls(kept?: readonly KeptCall[]): Promise<CallsAfter> {
    // `pulumi config set` writes the file anew, without the blanks in braces
    const level = (from: RegExp, to: string) => sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(from, to));
    const calls = await LiveCalls.begin(await sandbox.outputs(), kept);
    try {
      const [from = ""] = await holder();
      const before = await calls.tables();
      await level(/tolerance: 4( *)}/, "tolerance: 4, change: off$1}");
      expectSuccess(hear(await sandbox.sipHa("up")));
      await level(/, change: off/, "");
      expect(await calls.tables()).to.deep.equal(before);
      const [to = ""] = await holder();
      return await calls.end(from, to);
    } finally {
      await calls.remove();
    }
  }

  it("shows a changed line of kamailio.cfg in the preview, and takes it and one of the relay live by one switchover under calls", async () => {
    const [before] = await holder();
    const { path, change } = withLine(KAMAILIO_CFG, "#!KAMAILIO", "# a remark that was added");
    await sandbox.edit(path, change);
    await sandbox.edit(RELAY_UNIT, (text) => text.replace("[Service]", "[Service]\n# a remark for the relay"));
    const preview = hear(await sandbox.sipHa("preview"));
    expect(preview.said).to.match(/\+ .*# a remark that was added/);
    expect((await upUnderCalls()).faults).to.deep.equal([]);
    const [after] = await holder();
    expect(after).to.not.equal(before);
    for (const node of NODES) {
      expect(await inMachine(node, "cat", "/etc/kamailio/kamailio.cfg"), node).to.include("# a remark that was added");
      expect(await inMachine(node, "systemctl", "cat", "sip-ha-relay"), node).to.include("# a remark for the relay");
    }
  });

  it("adds a rule to the packet filter under calls, which nobody hears, nor a re-INVITE that is refused", async () => {
    const before = await holder();
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text.replace("firewall: {}", "firewall: { allow: [{ from: 10.78.0.2/32, port: 9100 }] }"),
    );
    const { faults, soundGapMs } = await upUnderCalls(STUBBORN_CALLS);
    expect(faults).to.deep.equal([]);
    expect(soundGapMs).to.be.below(1000);
    expect(await holder()).to.deep.equal(before);
    for (const node of NODES) {
      expect(await inMachine(node, "nft", "list", "table", "inet", "sip_ha"), node).to.include("tcp dport 9100 accept");
    }
  });

  for (const [what, line] of [
    ["an unknown module parameter", 'modparam("usrloc", "no_such_parameter", 1)'],
    ["a missing route", "event_route[core:worker-one-init] { route(NO_SUCH_ROUTE); }"],
  ] as const) {
    it(`rejects a configuration with ${what} on the standby and leaves the active alone`, async () => {
      const [active = ""] = await holder();
      const since = await inMachine(
        active,
        "systemctl",
        "show",
        "--value",
        "-p",
        "ActiveEnterTimestamp",
        "sip-ha-proxy",
      );
      await sandbox.edit(KAMAILIO_CFG, (text) => `${text}\n${line}\n`);
      const outcome = hear(await sandbox.sipHa("up"));
      await sandbox.edit(KAMAILIO_CFG, (text) => text.replace(`\n${line}\n`, ""));
      expect(outcome.exitCode).to.not.equal(0);
      const standby = NODES.find((node) => node !== active) ?? "";
      expect(outcome.said).to.include(`${standby}: prove the new configuration`);
      expect(await holder()).to.deep.equal([active]);
      const now = await inMachine(active, "systemctl", "show", "--value", "-p", "ActiveEnterTimestamp", "sip-ha-proxy");
      expect(now).to.equal(since);
    });
  }

  it("converges after a refused change was taken back", async () => {
    expectSuccess(hear(await sandbox.sipHa("up")));
    expect((await status(sandbox)).verdict).to.equal("healthy");
  });

  it("changes heartbeat timers, shows the line first, and ends what a run began that was killed while it staged files", async () => {
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text.replace("keepaliveMs: 500", "keepaliveMs: 450").replace("deadtimeMs: 1500", "deadtimeMs: 1400"),
    );
    const preview = hear(await sandbox.sipHa("preview"));
    expect(preview.said).to.match(/\+ .*deadtime 1400ms/);
    // the first of the hosts has its files by then
    await killedAt(sandbox.start("up"), /-files updating/);
    expectSuccess(hear(await sandbox.sipHa("up")));
    for (const node of NODES) expect(await inMachine(node, "cat", "/etc/ha.d/ha.cf")).to.include("deadtime 1400ms");
    expect((await status(sandbox)).verdict).to.equal("healthy");
  });

  it("converges after an `up` that was killed while it activated a change", async () => {
    await sandbox.edit(KAMAILIO_CFG, (text) => text.replace("# a remark that was added", "# another remark"));
    await killedAt(sandbox.start("up"), /trial start/);
    expectSuccess(hear(await sandbox.sipHa("up")));
    expect((await status(sandbox)).verdict).to.equal("healthy");
    for (const node of NODES) {
      expect(await inMachine(node, "cat", "/etc/kamailio/kamailio.cfg"), node).to.include("# another remark");
    }
  });

  it("changes the passwords of the database, ending what a run began that was killed between the two nodes", async () => {
    const select = "SELECT DISTINCT User FROM mysql.user WHERE User REGEXP '_[0-9]+$' ORDER BY User";
    const accounts = async (): Promise<string> => inMachine("db", "mariadb", "-N", "-e", select);
    await killedAt(sandbox.start("rotate", "database"), /switchover from/);
    expect(await accounts()).to.equal("kamailio_1\nkamailio_2\nprobe_1\nprobe_2");
    expectSuccess(hear(await sandbox.sipHa("rotate", "database")));
    expect(await accounts()).to.equal("kamailio_2\nprobe_2");
    expect((await status(sandbox)).verdict).to.equal("healthy");
  });

  it("changes Heartbeat's key with one owner throughout, ending what a killed run began", async () => {
    const [active = ""] = await holder();
    const standby = NODES.find((node) => node !== active) ?? "";
    const owners = await sampled(holder, async () => {
      await killedAt(sandbox.start("rotate", "heartbeat"), /stop heartbeat, since nodes that sign differently/);
      expect((await sandbox.sipHa("maintenance", "off", standby)).said).to.include("for a rotation that has not ended");
      expectSuccess(hear(await sandbox.sipHa("rotate", "heartbeat")));
    });
    expect([...owners]).to.deep.equal([active]);
    for (const node of NODES) {
      expect(await inMachine(node, "grep", "-c", "^auth 2$", "/etc/ha.d/authkeys"), node).to.equal("1");
      expect(await inMachine(node, "grep", "-c", "sha1", "/etc/ha.d/authkeys"), node).to.equal("1");
    }
    expect((await status(sandbox)).verdict).to.equal("healthy");
  });

  it("makes a machine again that is lost, fills it and lets it join, while the other one serves", async () => {
    const [active = ""] = await holder();
    const standby = NODES.find((node) => node !== active) ?? "";
    await execa("docker", ["rm", "-f", `sip-ha-${STACK}-${standby}`]);
    expectSuccess(hear(await sandbox.sipHa("up")));
    expect(await holder()).to.deep.equal([active]);
    expect((await status(sandbox)).verdict).to.equal("healthy");
  });

  it("shows the canary secret in no state, preview, log or stack file", async () => {
    expect(heard.join("\n")).to.not.include(CANARY);
    const files = await readdir(sandbox.state, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), "latin1");
      expect(text.includes(CANARY), join(file.parentPath, file.name)).to.equal(false);
    }
    expect(await readFile(join(sandbox.directory, `Pulumi.${STACK}.yaml`), "utf8")).to.not.include(CANARY);
    for (const machine of [...NODES, "db"]) {
      expect(
        await inMachine(machine, "sh", "-c", "journalctl --no-pager; cat /proc/[0-9]*/cmdline"),
        machine,
      ).to.not.include(CANARY);
    }
  });

  it("collects logs of every host without the canary secret", async () => {
    const archive = join(sandbox.directory, "logs.tar.gz");
    expectSuccess(await sandbox.sipHa("logs", "--file", archive));
    const { stdout } = await execa("tar", ["-xzOf", archive]);
    expect(stdout).to.not.include(CANARY);
    const { stdout: names } = await execa("tar", ["-tzf", archive]);
    for (const host of [...NODES, "db", "bastion", "caller"]) expect(names).to.include(`/${host}/journal.txt`);
    await execa("rm", [archive]);
  });

  it("restores a backup, and tries each one in a scratch database first", async () => {
    const file = join(sandbox.directory, "backup.sql");
    const sql = async (text: string): Promise<string> => inMachine("db", "mariadb", "-N", "kamailio", "-e", text);
    await sql("INSERT INTO subscriber (username, domain, ha1) VALUES ('kept', 'sip.example.net', 'digest')");
    expectSuccess(await sandbox.sipHa("backup", "--file", file));
    await sql("DELETE FROM subscriber");
    await execa("truncate", ["-s", "-10", file]);
    expect((await sandbox.sipHa("restore", file)).said).to.include("the dump is cut off; nothing was changed");
    expect(await sql("SELECT COUNT(*) FROM subscriber")).to.equal("0");
    await execa("rm", [file]);
    await sql("INSERT INTO subscriber (username, domain, ha1) VALUES ('kept', 'sip.example.net', 'digest')");
    const call = "('kept', 'a', 'b', 'x', 'y', '2026-01-01 10:00:00', '2026-01-01 10:01:00', 'sip1', 'sip2')";
    const columns = "call_id, from_tag, to_tag, caller, called, started, ended, started_by, ended_by";
    await sql(`INSERT INTO accounting (${columns}) VALUES ${call}`);
    expectSuccess(await sandbox.sipHa("backup", "--file", file));
    await sql("DELETE FROM subscriber; DELETE FROM accounting");
    expectSuccess(await sandbox.sipHa("restore", file));
    expect(await sql("SELECT username, ha1 FROM subscriber")).to.equal("kept\tdigest");
    const kept = "SELECT started_by, ended_by, ROUND(duration) FROM accounting WHERE call_id = 'kept'";
    expect(await sql(kept)).to.equal("sip1\tsip2\t60");
    expect(await sql("SHOW DATABASES LIKE 'sip_ha%'")).to.equal("");
    await sql("DELETE FROM subscriber");
    await execa("rm", [file]);
  });

  it("keeps every secret file of a node away from other users", async () => {
    const readable = "find /etc /var/lib/sip-ha /usr/lib/sip-ha -perm -o+r -type f -print0 | xargs -0 grep -lF";
    for (const node of NODES) {
      const found = await inMachine(node, "sh", "-c", `${readable} '${CANARY}' || true`);
      expect(found, node).to.equal("");
    }
  });

  it("leaves nothing behind after destroy", async () => {
    expectSuccess(hear(await sandbox.sipHa("destroy")));
    expect(await dockerObjects()).to.deep.equal([]);
    const processes = await execa("ps", ["-eo", "args"]);
    expect(processes.stdout).to.not.include(`sip-ha-${STACK}-`);
    expect(processes.stdout).to.not.include(`:${LAB.sshPort}`);
  });

  it("makes a removed stack again, with the secrets of its stack file", async () => {
    const outcome = await sandbox.sipHa("preview");
    expectSuccess(outcome);
    expect(outcome.said).to.match(/\d+ to create/);
  });
});

/** Kills a verb, with everything it started, as soon as it has said something. */
async function killedAt(running: ReturnType<Sandbox["start"]>, what: RegExp): Promise<void> {
  await heardOf(running.all, what);
  if (running.pid !== undefined) process.kill(-running.pid, "SIGKILL");
  await running;
}

/** Resolves at the first piece of output that matches, or at the end of it. */
function heardOf(output: NodeJS.ReadableStream, what: RegExp): Promise<void> {
  return new Promise((resolve) => {
    output.on("data", (chunk: unknown) => {
      if (what.test(String(chunk))) resolve();
    });
    output.on("end", resolve);
  });
}

/** Everything that was seen while an action ran. */
async function sampled(look: () => Promise<readonly string[]>, action: () => Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  const ended = new AbortController();
  const acting = action().finally(() => {
    ended.abort();
  });
  while (!ended.signal.aborted) {
    seen.add((await look()).join(" "));
    await delay(100);
  }
  await acting;
  return seen;
}

async function untilSome(look: () => Promise<readonly string[]>): Promise<void> {
  while ((await look()).length < 4) await delay(100);
}
