import { expect } from "chai";
import fc from "fast-check";
import { type Milestone, outageParts, type PartName } from "../../verify/evidence/outageParts.ts";
import { outagePartsText, wholeNumbers } from "../../verify/report/outagePartsText.ts";

const NAMES: readonly PartName[] = ["drain", "detection", "fencing", "release", "hand-over", "address", "proxy", "ARP"];

/** Milestones in any order of time, seen or not, around an outage from 10 to 20. */
const milestones = fc.subarray([...NAMES], { minLength: 1 }).chain((names) =>
  fc.tuple(
    ...names.map((ends) =>
      fc.record({
        ends: fc.constant(ends),
        time: fc.option(fc.double({ min: 5, max: 22, noNaN: true }), { nil: undefined }),
        withinMs: fc.nat(50),
      }),
    ),
  ),
);
const since = fc.double({ min: 5, max: 15, noNaN: true });

function divide(all: readonly Milestone[], from: number) {
  return outageParts({ span: { from: 10, to: 20 }, since: from, milestones: all, clockMs: 0 });
}

describe("the parts of any outage", () => {
  it("are not negative, and add up to it", () => {
    fc.assert(
      fc.property(milestones, since, (all, from) => {
        const divided = divide(all, from);
        if (divided === undefined) return;
        const sum = divided.parts.reduce((total, { ms }) => total + ms, 0);
        expect(sum).to.be.closeTo(10_000, 1e-6);
        expect(Math.min(...divided.parts.map(({ ms }) => ms))).to.be.at.least(0);
      }),
    );
  });

  it("have before them what passed since the fault, and nothing that is over by then", () => {
    fc.assert(
      fc.property(milestones, since, (all, from) => {
        const divided = divide(all, from);
        if (divided === undefined) return;
        const lead = divided.lead.reduce((total, { ms }) => total + ms, 0);
        expect(lead).to.be.closeTo(Math.max(0, 10 - from) * 1000, 1e-6);
      }),
    );
  });

  it("keep their order, end with the first answer, and tell of every end that was not seen, once", () => {
    fc.assert(
      fc.property(milestones, since, (all, from) => {
        const divided = divide(all, from);
        if (divided === undefined) return;
        const names = divided.parts.map(({ name }) => name);
        expect(names.at(-1)).to.equal("probe");
        const order = all.map(({ ends }) => ends);
        const places = names.slice(0, -1).map((name) => order.indexOf(name));
        expect(places).to.deep.equal(places.toSorted((one, other) => one - other));
        const unseen = all.filter(({ time }) => time === undefined).map(({ ends }) => ends);
        expect(divided.notSeen).to.deep.equal(unseen);
        for (const name of unseen) expect(names).not.to.include(name);
        for (const part of [...divided.lead, ...divided.parts]) expect(unseen).to.include.members([...part.with]);
      }),
    );
  });

  it("read as a sum that is right also after rounding", () => {
    fc.assert(
      fc.property(milestones, since, (all, from) => {
        const divided = divide(all, from);
        if (divided === undefined) return;
        const [total = "", terms = ""] = (outagePartsText(divided).split(";")[0] ?? "").split(" = ");
        const figures = terms.split(" + ").map((term) => Number(/([\d,]+)$/.exec(term)?.[1]?.replaceAll(",", "")));
        expect(figures.reduce((sum, figure) => sum + figure, 0)).to.equal(
          Number(/^[\d,]+/.exec(total)?.[0].replaceAll(",", "")),
        );
      }),
    );
    expect(wholeNumbers([0.5, 0.5, 1.4], 2)).to.deep.equal([1, 0, 1]);
  });
});
