/** How many tests of a suite did what. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function addTally(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Counts from the summary of mocha's spec reporter. */
export function countMocha(output: string): Tally {
  const count = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}`, "m").exec(output)?.[1] ?? 0);
  return { passed: count("passing"), failed: count("failing"), skipped: count("pending") };
}

/** Counts the lines of the Test Anything Protocol. */
export function countTap(output: string): Tally {
  const lines = output.split("\n");
  const skipped = lines.filter((line) => /^ok \d+ .*# skip/i.test(line)).length;
  return {
    passed: lines.filter((line) => /^ok \d+/.test(line)).length - skipped,
    failed: lines.filter((line) => /^not ok \d+/.test(line)).length,
    skipped,
  };
}
