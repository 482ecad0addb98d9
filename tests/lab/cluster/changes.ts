import { expect } from "chai";
import type { KeptCall } from "../../../verify/openCalls/keptCalls.ts";
import { type CallsAfter, LiveCalls, STUBBORN_CALLS } from "../../support/liveCalls.ts";
import { activeNode, clusterStatus, expectSuccess, holders, NODES, otherThan } from "../../support/lab.ts";
import { inMachine, STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

const KAMAILIO_CFG = "files/node-kamailio/etc/kamailio/kamailio.cfg";
const RELAY_UNIT = "files/node-rtpproxy/etc/systemd/system/sip-ha-relay.service";

function withLine(path: string, after: string, line: string) {
  return { path, change: (text: string) => text.replace(after, `${after}\n${line}`) };
}

/** Changes of the stack file and of files, also refused ones and those of runs that were killed. */
export function changes(lab: SharedLab): void {
  /** One `up` under calls, without a verification of its own, which would need their phones; the tables stay as they are. */
  async function upUnderCalls(kept?: readonly KeptCall[]): Promise<CallsAfter> {
    // `pulumi config set` writes the file anew, without the blanks in braces
    const level = (from: RegExp, to: string) =>
      lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(from, to));
    const calls = await LiveCalls.begin(await lab.sandbox.outputs(), kept);
    try {
      const [from = ""] = await holders();
      const before = await calls.tables();
      await level(/tolerance: 4( *)}/, "tolerance: 4, change: off$1}");
      expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
      await level(/, change: off/, "");
      expect(await calls.tables()).to.deep.equal(before);
      const [to = ""] = await holders();
      return await calls.end(from, to);
    } finally {
      await calls.remove();
    }
  }

  it("shows a changed line of kamailio.cfg in the preview, and takes it and one of the relay live by one switchover under calls", async () => {
    const [before] = await holders();
    const { path, change } = withLine(KAMAILIO_CFG, "#!KAMAILIO", "# a remark that was added");
    await lab.sandbox.edit(path, change);
    await lab.sandbox.edit(RELAY_UNIT, (text) => text.replace("[Service]", "[Service]\n# a remark for the relay"));
    const preview = lab.hear(await lab.sandbox.sipHa("preview"));
    expect(preview.said).to.match(/\+ .*# a remark that was added/);
    expect((await upUnderCalls()).faults).to.deep.equal([]);
    const [after] = await holders();
    expect(after).to.not.equal(before);
    for (const node of NODES) {
      expect(await inMachine(node, "cat", "/etc/kamailio/kamailio.cfg"), node).to.include("# a remark that was added");
      expect(await inMachine(node, "systemctl", "cat", "sip-ha-relay"), node).to.include("# a remark for the relay");
    }
  });

  it("adds a rule to the packet filter under calls, which nobody hears, nor a re-INVITE that is refused", async () => {
    const before = await holders();
    await lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text.replace("firewall: {}", "firewall: { allow: [{ from: 10.78.0.2/32, port: 9100 }] }"),
    );
    const { faults, soundGapMs } = await upUnderCalls(STUBBORN_CALLS);
    expect(faults).to.deep.equal([]);
    expect(soundGapMs).to.be.below(1000);
    expect(await holders()).to.deep.equal(before);
    for (const node of NODES) {
      expect(await inMachine(node, "nft", "list", "table", "inet", "sip_ha"), node).to.include("tcp dport 9100 accept");
    }
  });

  for (const [what, line] of [
    ["an unknown module parameter", 'modparam("usrloc", "no_such_parameter", 1)'],
    ["a missing route", "event_route[core:worker-one-init] { route(NO_SUCH_ROUTE); }"],
  ] as const) {
    it(`rejects a configuration with ${what} on the standby and leaves the active alone`, async () => {
      const active = await activeNode();
      const since = await inMachine(
        active,
        "systemctl",
        "show",
        "--value",
        "-p",
        "ActiveEnterTimestamp",
        "sip-ha-proxy",
      );
      await lab.sandbox.edit(KAMAILIO_CFG, (text) => `${text}\n${line}\n`);
      const outcome = lab.hear(await lab.sandbox.sipHa("up"));
      await lab.sandbox.edit(KAMAILIO_CFG, (text) => text.replace(`\n${line}\n`, ""));
      expect(outcome.exitCode).to.not.equal(0);
      const standby = otherThan(active);
      expect(outcome.said).to.include(`${standby}: prove the new configuration`);
      expect(await holders()).to.deep.equal([active]);
      const now = await inMachine(active, "systemctl", "show", "--value", "-p", "ActiveEnterTimestamp", "sip-ha-proxy");
      expect(now).to.equal(since);
    });
  }

  it("converges after a refused change was taken back", async () => {
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("changes heartbeat timers, shows the line first, and ends what a run began that was killed while it staged files", async () => {
    await lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text.replace("keepaliveMs: 500", "keepaliveMs: 450").replace("deadtimeMs: 1500", "deadtimeMs: 1400"),
    );
    const preview = lab.hear(await lab.sandbox.sipHa("preview"));
    expect(preview.said).to.match(/\+ .*deadtime 1400ms/);
    // the first of the hosts has its files by then
    await lab.sandbox.killedAt(/-files updating/, "up");
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    for (const node of NODES) expect(await inMachine(node, "cat", "/etc/ha.d/ha.cf")).to.include("deadtime 1400ms");
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("converges after an `up` that was killed while it activated a change", async () => {
    await lab.sandbox.edit(KAMAILIO_CFG, (text) => text.replace("# a remark that was added", "# another remark"));
    await lab.sandbox.killedAt(/trial start/, "up");
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
    for (const node of NODES) {
      expect(await inMachine(node, "cat", "/etc/kamailio/kamailio.cfg"), node).to.include("# another remark");
    }
  });
}
