import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { activeNode, clusterStatus, expectSuccess, holders, NODES, otherThan } from "../../support/lab.ts";
import { inMachine } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

/** Other passwords and keys. */
export function rotations(lab: SharedLab): void {
  it("changes the passwords of the database, ending what a run began that was killed between the two nodes", async () => {
    const select = "SELECT DISTINCT User FROM mysql.user WHERE User REGEXP '_[0-9]+$' ORDER BY User";
    const accounts = async (): Promise<string> => inMachine("db", "mariadb", "-N", "-e", select);
    await lab.sandbox.killedAt(/switchover from/, "rotate", "database");
    expect(await accounts()).to.equal("kamailio_1\nkamailio_2\nprobe_1\nprobe_2");
    expectSuccess(lab.hear(await lab.sandbox.sipHa("rotate", "database")));
    expect(await accounts()).to.equal("kamailio_2\nprobe_2");
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("changes Heartbeat's key with one owner throughout, ending what a killed run began", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    const owners = await sampled(holders, async () => {
      await lab.sandbox.killedAt(/stop heartbeat, since nodes that sign differently/, "rotate", "heartbeat");
      expect((await lab.sandbox.sipHa("maintenance", "off", standby)).said).to.include(
        "for a rotation that has not ended",
      );
      expectSuccess(lab.hear(await lab.sandbox.sipHa("rotate", "heartbeat")));
    });
    expect([...owners]).to.deep.equal([active]);
    for (const node of NODES) {
      expect(await inMachine(node, "grep", "-c", "^auth 2$", "/etc/ha.d/authkeys"), node).to.equal("1");
      expect(await inMachine(node, "grep", "-c", "sha1", "/etc/ha.d/authkeys"), node).to.equal("1");
    }
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
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
