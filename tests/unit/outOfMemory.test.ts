import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { projectDir } from "../../toolchain/versions.ts";

/** How a unit is weighed when memory runs out: the lowest is killed last. */
function adjustment(unit: string): number {
  const text = readFileSync(join(projectDir, "files", unit), "utf8");
  return Number(/^OOMScoreAdjust=(-?\d+)$/m.exec(text)?.[1] ?? 0);
}

describe("a node that runs out of memory", () => {
  const heartbeat = adjustment("node/etc/systemd/system/heartbeat.service.d/50-sip-ha.conf");
  const watcher = adjustment("node/etc/systemd/system/sip-ha-watcher.service");
  const daemons = [
    "node-kamailio/etc/systemd/system/sip-ha-proxy.service",
    "node-opensips/etc/systemd/system/sip-ha-proxy.service",
    "node-rtpproxy/etc/systemd/system/sip-ha-relay.service",
    "node-rtpengine/etc/systemd/system/sip-ha-relay.service",
    "node-mediaproxy/etc/systemd/system/sip-ha-relay.service",
    "node-mediaproxy/etc/systemd/system/sip-ha-dispatcher.service",
  ];

  it("never loses Heartbeat, and the watcher last of all others", () => {
    expect(heartbeat).to.equal(-1000);
    expect(watcher)
      .to.be.above(heartbeat)
      .and.below(Math.min(...daemons.map(adjustment)));
  });

  for (const unit of daemons) {
    it(`loses ${unit.replace("/etc/systemd/system/", ": ")} only when that has grown to about half of all memory`, () => {
      expect(adjustment(unit)).to.equal(-500);
    });
  }
});
