import { expect } from "chai";
import { catalogueTally, catalogueText, type CatalogueReport, type LabResult } from "../catalogue/results.ts";

function report(given: Partial<CatalogueReport>): CatalogueReport {
  return { faults: [], skipped: [], scenarios: [], ...given };
}

function run(scenario: string, measured: number | null = 5): CatalogueReport["scenarios"][number] {
  return { scenario, measures: [{ bound: { limit: 10 }, measured }] };
}

const labs: readonly LabResult[] = [
  {
    title: "one",
    report: report({
      scenarios: [run("call"), run("freeze", 11), run("isolated", null)],
      faults: ["freeze: outage: measured 11 ms"],
      skipped: ["fence-broken: the stack has no fencing", "clock-step: one clock"],
    }),
  },
  { title: "two", report: report({ scenarios: [run("fence-broken")], skipped: ["clock-step: one clock"] }) },
];

describe("the result of the whole catalogue", () => {
  it("counts each run, and as skipped what ran on no cluster", () => {
    expect(catalogueTally(labs)).to.deep.equal({ passed: 2, failed: 2, skipped: 1 });
  });

  it("is a failure where a cluster could not be built, and where something was wrong beside the scenarios", () => {
    const broken: LabResult = { title: "three", trouble: "the cluster could not be built; see above" };
    const unhealthy: LabResult = {
      title: "four",
      report: report({ faults: ["check on sip1"], scenarios: [run("call")] }),
    };
    expect(catalogueTally([broken, unhealthy])).to.deep.equal({ passed: 1, failed: 2, skipped: 0 });
  });

  it("says the seed, what was not well, and what ran nowhere with its reason", () => {
    expect(catalogueText(labs, 7).split("\n")).to.deep.equal([
      "catalogue, seed 7",
      "one: 1 of 3 runs passed",
      "  - freeze: outage: measured 11 ms",
      "two: 1 of 1 runs passed",
      "skipped: clock-step: one clock",
    ]);
  });
});
