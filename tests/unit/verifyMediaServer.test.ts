import { expect } from "chai";
import type { Call } from "../../verify/evidence/analysis.ts";
import { catalogue } from "../../verify/catalogue/index.ts";
import { mediaBounds } from "../../verify/bounds/mediaBounds.ts";
import { deviation, dialled, fateOf, firstChoice } from "../../verify/scenarios/mediaServer.ts";
import { mediaServerPlan, twoNodePlan } from "../support/plans.ts";

const plan = mediaServerPlan();
const DEAD = "10.77.0.41";
const OTHER = "10.77.0.42";
const DIED = 100;

/** A call from `invited` on, answered after `setup` seconds and ended by an answered BYE unless `lost`. */
function call(invited: number, answeredBy: string, { setup = 0.01, lost = false } = {}): Call {
  const answered = invited + setup;
  return {
    callId: `traffic-${invited}`,
    invited,
    relayPorts: [],
    answered,
    answeredBy,
    ...(lost ? {} : { byeAnswered: answered + 1 }),
  };
}

describe("the fate of calls when a media server dies", () => {
  it("is to be lost on the dead server, which is no fault", () => {
    const fate = fateOf([call(99.5, DEAD, { lost: true }), call(99.6, OTHER)], DEAD, DIED, 1000);
    expect(fate).to.include({ lost: 1, lostElsewhere: 0, failed: 0, detours: 0, lastDetourMs: 0 });
  });

  it("is a fault when the call was on another server, or began after the death", () => {
    const fate = fateOf([call(99.5, OTHER, { lost: true }), call(100.5, DEAD, { lost: true })], DEAD, DIED, 1000);
    expect(fate).to.include({ lost: 0, lostElsewhere: 2 });
  });

  it("is a fault when nobody answers a new call", () => {
    expect(
      fateOf([{ callId: "traffic-1", invited: 101, relayPorts: [], refused: 503 }], DEAD, DIED, 1000).failed,
    ).to.equal(1);
  });

  it("counts calls that waited for the dead server first, until the last one", () => {
    const waited = [
      call(99.9, OTHER, { setup: 1.01 }),
      call(101.5, OTHER, { setup: 1.02 }),
      call(103, OTHER, { setup: 0.5 }),
    ];
    const fate = fateOf(waited, DEAD, DIED, 1000);
    expect(fate.detours).to.equal(2);
    expect(fate.lastDetourMs).to.be.closeTo(1500, 0.001);
  });
});

describe("the spread of calls over media servers", () => {
  const servers = firstChoice(plan.mediaServers);
  const spread = (first: number, second: number): Call[] => [
    ...Array.from({ length: first }, (_, index) => call(index, DEAD)),
    ...Array.from({ length: second }, (_, index) => call(index, OTHER)),
  ];

  it("is looked for on the servers of the highest priority", () => {
    expect(servers.map(({ name }) => name)).to.deep.equal(["media1", "media2"]);
  });

  it("is without a deviation by weight, and else as many calls of a hundred as one got too many or too few", () => {
    expect(deviation(spread(75, 25), servers)).to.equal(0);
    expect(deviation(spread(50, 50), servers)).to.equal(25);
    expect(deviation(spread(40, 0), servers)).to.equal(25);
  });
});

describe("the scenario of a media server's death", () => {
  it("dials a number that the stack file gives to media servers", () => {
    expect(dialled(plan.balancing)).to.equal("9001");
    expect(dialled({ ...plan.balancing, users: ["conference"] })).to.equal("conference");
  });

  it("allows as much time as the probes need", () => {
    const { removed, returned } = mediaBounds({ ...plan.balancing, probeIntervalSec: 5, removeAfterMisses: 3 });
    expect(removed.limit).to.equal(16_500);
    expect(returned.limit).to.equal(11_500);
  });

  it("is in the catalogue of faults, as row 29", () => {
    expect(catalogue.find(({ name }) => name === "media-server")).to.deep.include({ rows: [29], harm: "fault" });
    expect(twoNodePlan().mediaServers).to.deep.equal([]);
  });
});
