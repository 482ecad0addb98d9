import { expect } from "chai";
import { addTally, countMocha, countTap, tallyLine } from "../support/tally.ts";

describe("the count of tests", () => {
  it("reads mocha's summary", () => {
    const output = "  a suite\n    ✔ a test\n\n\n  12 passing (3s)\n  1 pending\n  2 failing\n\n  1) a suite\n";
    expect(countMocha(output)).to.deep.equal({ passed: 12, failed: 2, skipped: 1 });
    expect(countMocha("\n  3 passing (8ms)\n")).to.deep.equal({ passed: 3, failed: 0, skipped: 0 });
  });

  it("is not misled by a test's name", () => {
    expect(countMocha("    ✔ has 7 failing calls\n\n  1 passing (1ms)\n")).to.include({ passed: 1, failed: 0 });
  });

  it("is nothing when mocha died before its summary", () => {
    expect(countMocha("  a suite\n    ✔ a test\n")).to.deep.equal({ passed: 0, failed: 0, skipped: 0 });
  });

  it("reads lines of the Test Anything Protocol", () => {
    const output =
      "1..4\nok 1 one\nnot ok 2 two\n# (in test file x.bats, line 3)\nok 3 three # skip no dpkg\nok 4 four\n";
    expect(countTap(output)).to.deep.equal({ passed: 2, failed: 1, skipped: 1 });
  });

  it("adds up, and tells skipped tests only when there are some", () => {
    const sum = addTally({ passed: 1, failed: 2, skipped: 0 }, { passed: 10, failed: 0, skipped: 3 });
    expect(tallyLine(sum)).to.equal("11 passed, 2 failed, 3 skipped");
    expect(tallyLine({ passed: 5, failed: 0, skipped: 0 })).to.equal("5 passed, 0 failed");
  });
});
