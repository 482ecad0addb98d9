import { expect } from "chai";
import { heartbeatWords, soakText, takeovers } from "../../bench/soak/findings.ts";
import type { Sample } from "../../verify/evidence/samples.ts";

function looks(holds: string, everySeconds = 0.05): Sample[] {
  return holds.split("").map((mark, index) => ({
    time: index * everySeconds,
    address: mark === "1",
    route: mark === "1",
    proxy: mark === "1",
  }));
}

describe("a soak", () => {
  it("counts each time that a node got the floating IP, and no possession from before", () => {
    expect(takeovers([looks("1111"), looks("0000")])).to.equal(0);
    expect(takeovers([looks("1100"), looks("0011")])).to.equal(1);
    expect(takeovers([looks("1100011"), looks("0011100")])).to.equal(2);
  });

  it("takes looks that are far apart for the same possession", () => {
    expect(takeovers([looks("1111", 5), looks("0000", 5)])).to.equal(0);
  });

  it("reads from the journal who was taken for dead, and what was late", () => {
    const said = [
      "heartbeat: [12]: WARN: node sip2: is dead",
      "heartbeat: [12]: WARN: Late heartbeat: Node sip2: interval 620 ms (> deadtime)",
      "heartbeat: [12]: info: Link sip2:eth1 dead.",
    ];
    expect(heartbeatWords(said)).to.deep.equal({ falseDeaths: 1, lateHeartbeats: 1 });
  });

  it("is over with the first takeover", () => {
    const machine = { cores: 2, processor: "p", memoryGiB: 8, kernel: "k", node: "20", load: 0.1 };
    const result = { startedAt: "2026-01-01T00:00:00Z", command: "c", machine, profile: "fast", minutes: 10 };
    const found = { takeovers: 1, falseDeaths: 2, lateHeartbeats: 30 };
    expect(soakText({ ...result, ...found })).to.include("| fast | 10 | 1 | 2 | 30 | over |");
    expect(soakText({ ...result, ...found, takeovers: 0 })).to.include("| 0 | 2 | 30 | ok |");
  });
});
