import { expect } from "chai";
import fc from "fast-check";
import { chooseFrom, FIGURES, formatDuration, SUBJECTS, summarise } from "../../bench/figures.ts";
import { median, percentile } from "../../verify/report/statistics.ts";
import { bounds } from "../../verify/bounds/bounds.ts";
import { twoNodePlan } from "../support/plans.ts";

const someValues = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 40 });

describe("statistics of the bench", () => {
  it("takes the middle value, or the mean of the two middle ones", () => {
    expect(median([5, 1, 3])).to.equal(3);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(median([7])).to.equal(7);
  });

  it("takes p95 by nearest rank: the largest of five, the nineteenth of twenty", () => {
    expect(percentile([3, 9, 1, 7, 5], 0.95)).to.equal(9);
    const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect(percentile(twenty, 0.95)).to.equal(19);
  });

  it("sorts by value, not by digits", () => {
    expect(percentile([1000, 200, 30], 1)).to.equal(1000);
  });

  it("answers a measured value that at least the share does not exceed", () => {
    fc.assert(
      fc.property(someValues, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const rank = percentile(values, share);
        expect(values).to.include(rank);
        expect(values.filter((value) => value <= rank).length / values.length).to.be.at.least(share - 1e-9);
      }),
    );
  });

  it("has as many values below the median as above, whatever their order", () => {
    fc.assert(
      fc.property(someValues, (values) => {
        const middle = median(values);
        expect(values.filter((value) => value < middle).length).to.be.at.most(values.length / 2);
        expect(values.filter((value) => value > middle).length).to.be.at.most(values.length / 2);
        expect(median(values.toReversed())).to.equal(middle);
      }),
    );
  });

  it("rejects no value and a share that is none", () => {
    expect(() => median([])).to.throw("at least one value");
    expect(() => percentile([1], 0)).to.throw("got 0");
    expect(() => percentile([1], 1.1)).to.throw("got 1.1");
    expect(() => percentile([1], Number.NaN)).to.throw("got NaN");
  });
});

describe("figures of the bench", () => {
  it("holds p95, not the median, against the limit", () => {
    const seconds = [100, 100, 100, 100, 181];
    const samples = seconds.map((value) => ({
      title: "up from nothing to verified" as const,
      milliseconds: value * 1000,
    }));
    const [summary] = summarise(samples);
    expect(summary).to.include({ medianMs: 100_000, p95Ms: 181_000, verdict: "over" });
    expect(summarise(samples.slice(0, 4))[0]?.verdict).to.equal("ok");
  });

  it("leaves out what was not measured", () => {
    expect(summarise([{ title: "destroy", milliseconds: 1 }]).map(({ title }) => title)).to.deep.equal(["destroy"]);
  });

  it("names the outages as a verification does", () => {
    const { powerOffOutage, switchoverOutage } = bounds(twoNodePlan().timing);
    const outages = FIGURES.filter(({ subject }) => subject === "outage");
    expect(outages.map(({ title }) => title)).to.deep.equal([powerOffOutage.name, switchoverOutage.name]);
    expect(outages.map(({ limitMs }) => limitMs)).to.deep.equal([powerOffOutage.limit, switchoverOutage.p95]);
  });

  it("measures everything unless words say otherwise", () => {
    expect([...chooseFrom(SUBJECTS, [])]).to.deep.equal([...SUBJECTS]);
    expect([...chooseFrom(SUBJECTS, ["destroy", "destroy"])]).to.deep.equal(["destroy"]);
  });

  it("rejects a word that is nothing to measure", () => {
    expect(() => chooseFrom(SUBJECTS, ["speed"])).to.throw(
      "nothing to measure is called speed; choose from up, no-op, change, destroy, outage",
    );
  });

  it("tells outages in milliseconds and runs in seconds", () => {
    expect(formatDuration(1234)).to.equal("1,234 ms");
    expect(formatDuration(123_456)).to.equal("123.5 s");
  });
});
