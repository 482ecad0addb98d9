import { expect } from "chai";
import { dualOwnerMs, parseSample, type Sample, spansWhere, strayRouteMs } from "../../verify/evidence/samples.ts";

/** Looks every 100 ms from `from`; one letter each: a address, r address and route, s route only, . neither. */
function looks(from: number, letters: string): Sample[] {
  return Array.from(letters, (letter, index) => ({
    time: from + index / 10,
    address: letter === "a" || letter === "r",
    route: letter === "r" || letter === "s",
    proxy: false,
  }));
}

describe("looks at the nodes", () => {
  it("are read from the lines that the node prints", () => {
    expect(parseSample("1795461385.552898 1 0 1")).to.deep.equal({
      time: 1795461385.552898,
      address: true,
      route: false,
      proxy: true,
    });
  });

  it("leave out a line that a power failure cut off", () => {
    expect(parseSample("1795461385.5528")).to.equal(undefined);
    expect(parseSample("1795461385.552898 1 0")).to.equal(undefined);
  });

  it("join to spans, which end at the last look that held", () => {
    const spans = spansWhere(looks(0, "..rrr..r"), (sample) => sample.address);
    expect(spans).to.deep.equal([
      { from: 0.2, to: 0.4 },
      { from: 0.7, to: 0.7 },
    ]);
  });

  it("do not join over a hole in which nobody looked", () => {
    const samples = [...looks(0, "rr"), ...looks(2, "rr")];
    expect(spansWhere(samples, (sample) => sample.address)).to.deep.equal([
      { from: 0, to: 0.1 },
      { from: 2, to: 2.1 },
    ]);
  });

  it("tell how long two nodes held the floating IP", () => {
    expect(dualOwnerMs([looks(0, "rrrrr....."), looks(0, "..rrrrrrrr")])).to.be.closeTo(200, 1e-6);
  });

  it("tell no dual time when one node follows the other", () => {
    expect(dualOwnerMs([looks(0, "rrr......."), looks(0, "...rrrrrrr")])).to.equal(0);
  });

  it("tell how long a node without the floating IP had a default route", () => {
    expect(strayRouteMs(looks(0, "rrrssss..."))).to.be.closeTo(300, 1e-6);
    expect(strayRouteMs(looks(0, "..aarrrraa.."))).to.equal(0);
  });
});
