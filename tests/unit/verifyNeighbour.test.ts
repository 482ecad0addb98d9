import { expect } from "chai";
import { learnedAfterMs, parseNeighbour } from "../../verify/evidence/neighbour.ts";

const OLD = "02:42:c6:33:64:fd";
const NEW = "02:42:c6:33:64:fc";

function look(time: number, hardwareAddress?: string): { time: number; hardwareAddress: string | undefined } {
  return { time, hardwareAddress };
}

describe("the gateway's neighbour entry", () => {
  it("is read with its time", () => {
    const line = `1763.250000 198.51.100.10 dev eth1 lladdr ${OLD} REACHABLE`;
    expect(parseNeighbour(line)).to.deep.equal(look(1763.25, OLD));
  });

  it("may be unknown, and what is no look is none", () => {
    expect(parseNeighbour("1763.250000 198.51.100.10 dev eth1 FAILED")).to.deep.equal(look(1763.25));
    expect(parseNeighbour("1763.250000 ")).to.deep.equal(look(1763.25));
    expect(parseNeighbour("bash: ip: not found")).to.equal(undefined);
  });

  it("counts from the move to the first look at another machine", () => {
    const looks = [look(1, OLD), look(2.1, OLD), look(3, OLD), look(3.2, NEW), look(3.3, NEW)];
    expect(learnedAfterMs(looks, 2, 3.05)).to.be.closeTo(150, 0.001);
  });

  it("counts nothing when the gateway was told before the node was looked at", () => {
    expect(learnedAfterMs([look(1, OLD), look(2.9, NEW)], 2, 3)).to.equal(0);
  });

  it("passes over looks at an empty table", () => {
    expect(learnedAfterMs([look(1, OLD), look(2.5), look(3.1, NEW)], 2, 3)).to.be.closeTo(100, 0.001);
  });

  it("counts to the last look when the gateway never learned", () => {
    expect(learnedAfterMs([look(1, OLD), look(9, OLD)], 2, 3)).to.equal(6000);
  });
});
