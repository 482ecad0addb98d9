import { expect } from "chai";
import { STUBBORN_CALLS } from "../../support/liveCalls.ts";
import { activeNode, clusterStatus, expectSuccess, holders, NODES, otherThan } from "../../support/lab.ts";
import { inMachine, STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";
import { underCalls } from "../../support/underCalls.ts";
import { trials } from "./trials.ts";

const KAMAILIO_CFG = "files/node-kamailio/etc/kamailio/kamailio.cfg";
const RELAY_UNIT = "files/node-rtpproxy/etc/systemd/system/sip-ha-relay.service";

function withLine(path: string, after: string, line: string) {
  return { path, change: (text: string) => text.replace(after, `${after}\n${line}`) };
}

/** Changes of the stack file and of files, also refused ones and those of runs that were killed. */
export function changes(lab: SharedLab): void {
  const up = async (): Promise<void> => {
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
  };

  it("shows a changed line of kamailio.cfg in the preview, and takes it and one of the relay live by one switchover under calls", async () => {
    const [before] = await holders();
    const { path, change } = withLine(KAMAILIO_CFG, "#!KAMAILIO", "# a remark that was added");
    await lab.sandbox.edit(path, change);
    await lab.sandbox.edit(RELAY_UNIT, (text) => text.replace("[Service]", "[Service]\n# a remark for the relay"));
    const preview = lab.hear(await lab.sandbox.sipHa("preview"));
    expect(preview.said).to.match(/\+ .*# a remark that was added/);
    const { faults, movedTo } = await underCalls(lab.sandbox, up);
    expect(faults).to.deep.equal([]);
    expect(movedTo).to.deep.equal([otherThan(before ?? "")]);
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
    const { faults, soundGapMs, movedTo } = await underCalls(lab.sandbox, up, STUBBORN_CALLS);
    expect(faults).to.deep.equal([]);
    expect(soundGapMs).to.be.below(1000);
    expect([await holders(), movedTo]).to.deep.equal([before, []]);
    for (const node of NODES) {
      expect(await inMachine(node, "nft", "list", "table", "inet", "sip_ha"), node).to.include("tcp dport 9100 accept");
    }
  });

  it("removes a rule of the packet filter under calls, which nobody hears", async () => {
    await lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(/firewall: .*9100.*/, "firewall: {}"));
    const { faults, soundGapMs, movedTo } = await underCalls(lab.sandbox, up);
    expect(faults).to.deep.equal([]);
    expect(soundGapMs).to.be.below(1000);
    expect(movedTo).to.deep.equal([]);
    for (const node of NODES) {
      expect(await inMachine(node, "nft", "list", "table", "inet", "sip_ha"), node).to.not.include("9100");
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

  trials();

  it("converges after a refused change was taken back", async () => {
    await up();
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("changes heartbeat timers under calls, shows the line first, and ends what a run began that was killed while it staged files", async () => {
    await lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text.replace("keepaliveMs: 500", "keepaliveMs: 450").replace("deadtimeMs: 1500", "deadtimeMs: 1400"),
    );
    const preview = lab.hear(await lab.sandbox.sipHa("preview"));
    expect(preview.said).to.match(/\+ .*deadtime 1400ms/);
    // the first of the hosts has its files by then
    await lab.sandbox.killedAt(/-files updating/, "up");
    const from = await activeNode();
    const { faults, movedTo } = await underCalls(lab.sandbox, up);
    expect(faults).to.deep.equal([]);
    expect(movedTo).to.deep.equal([otherThan(from)]);
    for (const node of NODES) expect(await inMachine(node, "cat", "/etc/ha.d/ha.cf")).to.include("deadtime 1400ms");
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("converges after an `up` that was killed while it activated a change", async () => {
    await lab.sandbox.edit(KAMAILIO_CFG, (text) => text.replace("# a remark that was added", "# another remark"));
    await lab.sandbox.killedAt(/trial start/, "up");
    await up();
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
    for (const node of NODES) {
      expect(await inMachine(node, "cat", "/etc/kamailio/kamailio.cfg"), node).to.include("# another remark");
    }
  });
}
