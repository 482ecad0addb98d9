import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { eventually } from "../../remote/eventually.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { measures } from "../support/labReport.ts";
import { activeNode, expectSuccess, NODES } from "../support/lab.ts";
import { inMachine, Sandbox, STACK } from "../support/sandbox.ts";

const GOLDEN = join(projectDir, "tests/golden");
const RTPENGINE = "relay: rtpengine\n    redis: { maxMemoryMb: 64 }";

async function status(sandbox: Sandbox): Promise<string> {
  const { stdout } = await execa("node", ["bin/sip-ha.mjs", "status", "--stack", STACK], {
    cwd: sandbox.directory,
    env: sandbox.environment(),
    reject: false,
  });
  return stdout;
}

/** On a busy machine a host may need longer than one look waits for it. */
async function statusSays(sandbox: Sandbox, words: RegExp): Promise<void> {
  await eventually(
    `status says ${words.source}`,
    async () => {
      const text = await status(sandbox);
      return words.test(text) ? { met: true, value: undefined } : { met: false, seen: text };
    },
    { withinMs: 60_000, everyMs: 1000 },
  );
}

/** What a shell line prints on a machine that has `secret` on its standard input, not among its arguments. */
async function withSecret(machine: string, secret: string, line: string): Promise<string> {
  const words = ["exec", "--interactive", `sip-ha-${STACK}-${machine}`, "sh", "-c", line];
  return (await execa("docker", words, { input: secret, reject: false })).stdout;
}

describe("a cluster with rtpengine in the Docker lab", function () {
  this.timeout("15m");
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.create();
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace("    sip:", `    ${RTPENGINE}\n    sip:`));
  });

  after(async () => {
    await sandbox.sipHa("destroy");
    await sandbox.remove();
  });

  it("carries on with the sound of an open call when a node dies, and when the group is moved", async () => {
    expectSuccess(await sandbox.sipHa("up"));
    const gaps = await measures(sandbox, "sound gap of the open call");
    expect(gaps).to.have.length(2);
    for (const { measured, limit } of gaps) expect(measured).to.be.within(1, limit);
  });

  it("runs relay and Redis as users of their own, the relay without any capability", async () => {
    const look = "ps -o user:20= -o comm= -C rtpengine && grep Cap /proc/$(pgrep -x rtpengine)/status";
    const said = await inMachine(await activeNode(), "sh", "-c", look);
    expect(said).to.match(/^rtpengine +rtpengine$/m);
    expect(said)
      .to.match(/^CapEff:\s+0+$/m)
      .and.to.match(/^CapBnd:\s+0+$/m);
    expect(await inMachine("db", "ps", "-o", "user:20=", "-C", "redis-server")).to.match(/^redis\s*$/);
  });

  it("shows the password of Redis to no other account, in no argument and in no environment", async () => {
    const secrets = await inMachine("sip1", "cat", "/etc/rtpengine/rtpengine-secrets.conf");
    const [, password = ""] = /redis = (\w+)@/.exec(secrets) ?? [];
    expect(password).to.have.length.above(20);
    const nobody = "timeout 60 setpriv --reuid=nobody --regid=nogroup --clear-groups";
    const places = "/etc /opt/sip-ha /tmp /usr/lib/sip-ha /var/lib /var/log /run/sip-ha /run/sip-ha-relay";
    const readable = `${nobody} grep -rlsF -D skip -f - ${places}`;
    const processes = "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null >/run/seen; grep -acF -f - /run/seen";
    for (const machine of [...NODES, "db"]) {
      expect(await withSecret(machine, password, readable), machine).to.equal("");
      expect(await withSecret(machine, password, processes), machine).to.equal("0");
    }
    expect(await inMachine("db", "cat", "/etc/redis/sip-ha-users.acl")).to.not.include(password);
  });

  it("goes on without Redis, and says what that would cost", async () => {
    await inMachine("db", "systemctl", "stop", "sip-ha-redis");
    const node = await activeNode();
    await inMachine(node, "env", "OCF_ROOT=/usr/lib/ocf", "/usr/lib/ocf/resource.d/sip-ha/relay", "monitor");
    await statusSays(sandbox, /^ +- Redis on db is inactive: calls would lose their sound/m);
    await inMachine("db", "systemctl", "start", "sip-ha-redis");
    await statusSays(sandbox, /^kept calls +\d+ calls, [^]*^healthy$/m);
  });

  it("has a proxy that accepts every golden pair of proxy and relay", async () => {
    const pairs = (await readdir(GOLDEN)).filter((name) => name.startsWith("kamailio-"));
    expect(pairs).to.include.members(["kamailio-rtpengine", "kamailio-mediaproxy", "kamailio-none"]);
    for (const pair of pairs) {
      await inMachine("sip1", "rm", "-rf", "/var/tmp/pair");
      await inMachine("sip1", "cp", "-r", "/etc/kamailio", "/var/tmp/pair");
      const own = join(GOLDEN, pair, "sip1/etc/kamailio/.");
      await execa("docker", ["cp", own, `sip-ha-${STACK}-sip1:/var/tmp/pair`]);
      await inMachine("sip1", "kamailio", "-c", "-f", "/var/tmp/pair/kamailio.cfg");
    }
  });

  it("loses the relay from the group when the stack file says none", async () => {
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(RTPENGINE, "relay: none"));
    expectSuccess(await sandbox.sipHa("up"));
    const node = await activeNode();
    expect(await inMachine(node, "cat", "/etc/ha.d/haresources")).to.not.include("relay");
    for (const machine of NODES) {
      expect(await inMachine(machine, "sh", "-c", "ls /usr/lib/ocf/resource.d/sip-ha")).to.not.include("relay");
      expect(await inMachine(machine, "sh", "-c", "systemctl is-active sip-ha-relay || true")).to.equal("inactive");
    }
    expect(await inMachine("db", "sh", "-c", "systemctl is-active sip-ha-redis || true")).to.equal("inactive");
    expect(await status(sandbox)).to.not.match(/^(relay|kept calls) /m);
  });
});
