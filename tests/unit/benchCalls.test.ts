import { expect } from "chai";
import { fateOf, readHeard } from "../../bench/calls/heard.ts";
import { rowsOf } from "../../bench/calls/run.ts";

const SAID = `STREAM 100.000 130.000 1.250
STREAM 100.000 110.020 0.040
STREAM 111.500 130.000 0.021
BYE many-1-77@198.18.37.10
BYE plain-1-76@198.18.37.10
`;

describe("bench of calls under a power-off", () => {
  it("counts directions that were open and are not heard again, and calls whose BYE got no answer", () => {
    const fate = fateOf(readHeard(SAID), { count: 1, died: 110, label: "many", lastsSec: 8 });
    expect(fate).to.deep.equal({ silent: 1, withoutBye: 0, gapsMs: [1250] });
    expect(fateOf(readHeard(""), { count: 2, died: 110, label: "many", lastsSec: 8 })).to.include({
      silent: 4,
      withoutBye: 2,
    });
  });

  it("rejects what the caller's program does not say", () => {
    expect(() => readHeard("STREAM 100.000 130.000")).to.throw("expected STREAM or BYE");
    expect(() => readHeard("tcpdump: permission denied")).to.throw("expected STREAM or BYE");
  });

  it("lets no call be lost, and gives the gap of every direction", () => {
    const rows = rowsOf([{ silent: 1, withoutBye: 0, gapsMs: [900, 1250] }], 200, 2700);
    expect(rows.map(({ samples, limit }) => [samples, limit])).to.deep.equal([
      [[1], 0],
      [[0], 0],
      [[900, 1250], 2700],
    ]);
  });
});
