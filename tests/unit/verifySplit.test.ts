import { expect } from "chai";
import { networkBounds } from "../../verify/bounds/networkBounds.ts";
import { split } from "../../verify/scenarios/unfencedSplit.ts";
import type { Sample } from "../../verify/evidence/samples.ts";

const bounds = networkBounds({ keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10_000 });

/** Looks each 50 ms from 0 s on, with the floating IP held from one of them until another. */
function looks(from: number, until: number): Sample[] {
  return Array.from({ length: 200 }, (_, index) => {
    const time = index / 20;
    const holds = time >= from && time < until;
    return { time, address: holds, route: holds, proxy: holds };
  });
}

describe("a split that was healed", () => {
  it("counts two holders from contact on, and tells how long there were two altogether", () => {
    const notes: string[] = [];
    const [measure] = split({ bounds, contact: 5, silent: looks(0, 5.5), survivor: looks(2, 10) }, notes);
    expect(measure?.measured).to.be.closeTo(450, 51);
    expect(measure?.bound.limit).to.equal(1000);
    expect(notes.join()).to.match(/two nodes had the floating IP for 3500 ms/);
  });

  it("counts nothing after contact when one had let the group go before", () => {
    const [measure] = split({ bounds, contact: 5, silent: looks(0, 4), survivor: looks(2, 10) }, []);
    expect(measure?.measured).to.equal(0);
  });

  it("counts on when nobody lets the group go", () => {
    const [measure] = split({ bounds, contact: 5, silent: looks(0, 10), survivor: looks(2, 10) }, []);
    expect(measure?.measured).to.be.greaterThan(4900);
  });
});
