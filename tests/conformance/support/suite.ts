import { expect } from "chai";
import type { Entry } from "./recordings.ts";

/** Runs one entry and tells what differs. */
export type Replay = (entry: Entry) => Promise<readonly string[]>;

/** One test per recorded step, in the recorded order, and a count of what was replayed and what was not. */
export function describeSteps(
  title: string,
  entries: readonly Entry[],
  reasonToSkip: (entry: Entry) => string | undefined,
  replay: Replay,
): void {
  const skipped = entries.map(reasonToSkip).filter((reason) => reason !== undefined);
  const counts = [...new Set(skipped)].map(
    (reason) => `${skipped.filter((other) => other === reason).length}: ${reason}`,
  );
  const summary = `${entries.length} recorded steps, ${entries.length - skipped.length} replayed`;
  describe(`${title}: ${[summary, ...counts.map((count) => `skipped ${count}`)].join("; ")}`, () => {
    for (const entry of entries) {
      const reason = reasonToSkip(entry);
      const name = `${entry.name} step ${entry.step} (${entry.action}): ${entry.change}`;
      if (reason !== undefined) {
        it.skip(`${name} [skipped: ${reason}]`);
        continue;
      }
      it(name, async () => {
        expect(await replay(entry)).to.deep.equal([]);
      });
    }
  });
}

/** Entries in the order of their stack's steps, resources in the recorded order within a step. */
export function byStep(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((left, right) => left.step - right.step);
}
