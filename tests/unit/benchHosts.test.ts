import { expect } from "chai";
import { COUNTS, growthRows, growthShare, hostsOfRun, type Look } from "../../bench/hosts/growth.ts";
import { refuseOver } from "../../bench/rows.ts";

const HOSTS = ["sip1", "sip2", "db", "bastion", "caller", "fence"];

/** Ten runs of `drift`, each of which takes so long at so many hosts. */
function looks(milliseconds: (hosts: number) => number): readonly Look[] {
  const counts = Array.from({ length: 10 }, () => COUNTS).flat();
  return counts.map((hosts) => ({ what: "drift", hosts, milliseconds: milliseconds(hosts) }));
}

describe("a bench of the number of hosts", () => {
  it("asks each host equally often at each number of them", () => {
    for (const count of COUNTS) {
      const asked = HOSTS.flatMap((_, run) => hostsOfRun(HOSTS, count, run));
      for (const host of HOSTS) expect(asked.filter((name) => name === host)).to.have.length(count);
      for (const run of [1, 5, 8]) expect(new Set(hostsOfRun(HOSTS, count, run)).size).to.equal(count);
    }
  });

  it("rejects a cluster with fewer hosts than it counts to", () => {
    expect(() => hostsOfRun(HOSTS.slice(1), 6, 0)).to.throw("6 hosts are needed, got 5");
  });

  it("bounds the cost of more hosts by that of the fewest, in proportion", () => {
    const rows = growthRows(
      "drift",
      looks((hosts) => 100 * hosts),
    );
    expect(rows.map(({ title, limit }) => [title, limit])).to.deep.equal([
      ["drift, 2 hosts", undefined],
      ["drift, 3 hosts", 300],
      ["drift, 4 hosts", 400],
      ["drift, 5 hosts", 500],
      ["drift, 6 hosts", 600],
      ["drift, 2 to 6 hosts: growth, of linear", 100],
    ]);
    expect(() => {
      refuseOver(rows);
    }).to.not.throw();
  });

  it("refuses what grows more than linearly, at the first number of hosts at which it does", () => {
    const rows = growthRows("drift", [
      ...looks((hosts) => 25 * hosts * hosts),
      { what: "status", hosts: 2, milliseconds: 9 },
    ]);
    expect(() => {
      refuseOver(rows);
    }).to.throw(/^over their limits: drift, 3 hosts; .*growth, of linear$/);
  });

  it("says how far in parallel hosts are asked", () => {
    expect([growthShare(500, 500), growthShare(500, 1000), growthShare(500, 1500)]).to.deep.equal([0, 0.5, 1]);
  });
});
