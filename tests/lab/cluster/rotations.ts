import { expect } from "chai";
import { activeNode, clusterStatus, expectSuccess, NODES, otherThan } from "../../support/lab.ts";
import { inMachine } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";
import { underCalls } from "../../support/underCalls.ts";

/** Other passwords and keys, under calls. */
export function rotations(lab: SharedLab): void {
  it("changes the passwords of the database, ending what a run began that was killed between the two nodes", async () => {
    const select = "SELECT DISTINCT User FROM mysql.user WHERE User REGEXP '_[0-9]+$' ORDER BY User";
    const accounts = async (): Promise<string> => inMachine("db", "mariadb", "-N", "-e", select);
    const from = await activeNode();
    const { faults, movedTo } = await underCalls(lab.sandbox, async () => {
      await lab.sandbox.killedAt(/switchover from/, "rotate", "database");
      expect(await accounts()).to.equal("kamailio_1\nkamailio_2\nprobe_1\nprobe_2");
      expectSuccess(lab.hear(await lab.sandbox.sipHa("rotate", "database")));
    });
    expect(faults).to.deep.equal([]);
    expect(movedTo).to.deep.equal([otherThan(from)]);
    expect(await accounts()).to.equal("kamailio_2\nprobe_2");
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("changes Heartbeat's key with one owner throughout, ending what a killed run began", async () => {
    const standby = otherThan(await activeNode());
    const { faults, soundGapMs, movedTo } = await underCalls(lab.sandbox, async () => {
      await lab.sandbox.killedAt(/stop heartbeat, since nodes that sign differently/, "rotate", "heartbeat");
      expect((await lab.sandbox.sipHa("maintenance", "off", standby)).said).to.include(
        "for a rotation that has not ended",
      );
      expectSuccess(lab.hear(await lab.sandbox.sipHa("rotate", "heartbeat")));
    });
    expect(faults).to.deep.equal([]);
    expect(soundGapMs).to.be.below(1000);
    expect(movedTo).to.deep.equal([]);
    for (const node of NODES) {
      expect(await inMachine(node, "grep", "-c", "^auth 2$", "/etc/ha.d/authkeys"), node).to.equal("1");
      expect(await inMachine(node, "grep", "-c", "sha1", "/etc/ha.d/authkeys"), node).to.equal("1");
    }
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });
}
