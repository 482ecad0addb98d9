import { formatValue } from "../verify/report/report.ts";
import { median, percentile } from "../verify/report/statistics.ts";

/** What can be measured, by the word that selects it on the command line. */
export const SUBJECTS = ["up", "no-op", "change", "destroy", "outage"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** One quantity that is measured. */
export interface Figure {
  readonly subject: Subject;
  readonly title: string;
  /** The largest p95 that passes, in milliseconds. */
  readonly limitMs: number;
}

const SECOND = 1000;

/** In the order of the table. The outages are named as the bounds of a verification are. */
export const FIGURES = [
  { subject: "up", title: "up from nothing to verified", limitMs: 180 * SECOND },
  { subject: "no-op", title: "up without a change", limitMs: 12 * SECOND },
  { subject: "change", title: "up with one changed line and its switchover", limitMs: 45 * SECOND },
  { subject: "destroy", title: "destroy", limitMs: 45 * SECOND },
  { subject: "outage", title: "SIP outage, node death", limitMs: 1700 },
  { subject: "outage", title: "SIP outage, planned switchover", limitMs: 250 },
] as const satisfies Figure[];

/** What one step took or what one verification measured. */
export interface Sample {
  readonly title: (typeof FIGURES)[number]["title"];
  readonly milliseconds: number;
}

/** All samples of one figure, held against its limit. */
export interface Summary {
  readonly title: string;
  readonly limitMs: number;
  /** In the order in which they were measured. */
  readonly samplesMs: readonly number[];
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly verdict: "ok" | "over";
}

/** One summary for each figure that has samples. */
export function summarise(samples: readonly Sample[]): readonly Summary[] {
  return FIGURES.flatMap(({ title, limitMs }) => {
    const samplesMs = samples.filter((sample) => sample.title === title).map(({ milliseconds }) => milliseconds);
    if (samplesMs.length === 0) return [];
    const p95Ms = percentile(samplesMs, 0.95);
    const verdict = p95Ms <= limitMs ? "ok" : "over";
    return [{ title, limitMs, samplesMs, medianMs: median(samplesMs), p95Ms, verdict }];
  });
}

/**
 * What the words of a command line select of all subjects; no word selects everything.
 * @throws Error naming every subject when a word is none of them.
 */
export function chooseFrom<S extends string>(subjects: readonly S[], words: readonly string[]): ReadonlySet<S> {
  const chosen = words.map((word) => {
    const subject = subjects.find((known) => known === word);
    if (!subject) throw new Error(`nothing to measure is called ${word}; choose from ${subjects.join(", ")}`);
    return subject;
  });
  return new Set(chosen.length === 0 ? subjects : chosen);
}

/** Outages in milliseconds, everything longer in seconds. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 10 * SECOND ? formatValue(milliseconds, "ms") : `${(milliseconds / SECOND).toFixed(1)} s`;
}

/** @throws Error when it is not a whole number of at least 1 */
export function requireRuns(runs: number): void {
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`runs must be a whole number of at least 1, got ${runs}`);
}
