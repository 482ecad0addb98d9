import type { Row } from "../rows.ts";
import { median, percentile } from "../../verify/report/statistics.ts";

/** How many hosts are asked at once, from the fewest to the most. */
export const COUNTS = [2, 3, 4, 5, 6] as const;
const [FEWEST] = COUNTS;
const MOST = COUNTS[COUNTS.length - 1] ?? FEWEST;

/** What one look at so many hosts took. */
export interface Look {
  /** What was asked, for instance `drift`. */
  readonly what: string;
  readonly hosts: number;
  readonly milliseconds: number;
}

/**
 * Other hosts in each run, so that over as many runs as there are hosts each counts equally often: a node has more to tell
 * than a bastion, and more hosts shall not cost less only because they are the lighter ones.
 *
 * @throws Error when there are fewer hosts than wanted
 */
export function hostsOfRun<T>(hosts: readonly T[], count: number, run: number): readonly T[] {
  if (hosts.length < count) throw new Error(`${count} hosts are needed, got ${hosts.length}`);
  return [...hosts, ...hosts].slice(run % hosts.length).slice(0, count);
}

/** A row for each number of hosts, whose limit is what the cost of the fewest comes to when it grows with their number; and how it did grow. */
export function growthRows(what: string, looks: readonly Look[]): readonly Row[] {
  const times = (hosts: number): readonly number[] =>
    looks.filter((look) => look.what === what && look.hosts === hosts).map(({ milliseconds }) => milliseconds);
  const least = times(FEWEST);
  const rows = COUNTS.map((count): Row => {
    const row = { title: `${what}, ${count} hosts`, unit: "ms", samples: times(count) } as const;
    return count === FEWEST ? row : { ...row, limit: (count / FEWEST) * percentile(least, 0.95) };
  });
  const growth = growthShare(median(least), median(times(MOST)));
  const title = `${what}, ${FEWEST} to ${MOST} hosts: growth, of linear`;
  return [...rows, { title, unit: "%", samples: [100 * growth], limit: 100 }];
}

/**
 * How much of linear growth there is from the fewest hosts to the most: 0 when all are done in the time of the fewest, 1 when
 * one is done after the other. Negative when the most took even less.
 */
export function growthShare(fewestMs: number, mostMs: number): number {
  return (mostMs / fewestMs - 1) / (MOST / FEWEST - 1);
}
