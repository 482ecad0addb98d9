import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { projectDir } from "../../toolchain/versions.ts";

const HEARTBEAT = "node/etc/systemd/system/heartbeat.service.d/50-sip-ha.conf";
const WATCHER = "node/etc/systemd/system/sip-ha-watcher.service";

function textOf(unit: string): string {
  return readFileSync(join(projectDir, "files", unit), "utf8");
}

/** How a unit is weighed when memory runs out: the lowest is killed last. */
function adjustment(unit: string): number {
  return Number(/^OOMScoreAdjust=(-?\d+)$/m.exec(textOf(unit))?.[1] ?? 0);
}

describe("a node that runs out of memory", () => {
  const daemons = [
    "node-kamailio/etc/systemd/system/sip-ha-proxy.service",
    "node-opensips/etc/systemd/system/sip-ha-proxy.service",
    "node-rtpproxy/etc/systemd/system/sip-ha-relay.service",
    "node-rtpengine/etc/systemd/system/sip-ha-relay.service",
    "node-mediaproxy/etc/systemd/system/sip-ha-relay.service",
    "node-mediaproxy/etc/systemd/system/sip-ha-dispatcher.service",
  ];

  it("takes no memory from Heartbeat and the watcher for others", () => {
    for (const unit of [HEARTBEAT, WATCHER]) expect(textOf(unit), unit).to.match(/^Slice=sipha\.slice$/m);
    expect(textOf("node/etc/systemd/system/sipha.slice")).to.match(/^MemoryMin=\d+M$/m);
  });

  it("never loses Heartbeat, and the watcher last of all others", () => {
    expect(adjustment(HEARTBEAT)).to.equal(-1000);
    expect(adjustment(WATCHER)).to.be.within(-999, Math.min(...daemons.map(adjustment)) - 1);
  });

  for (const unit of daemons) {
    it(`loses ${unit.replace("/etc/systemd/system/", ": ")} only when that has grown to about half of all memory`, () => {
      expect(adjustment(unit)).to.equal(-500);
    });
  }
});
