import { formatValue } from "../verify/report/report.ts";
import type { Machine } from "./machine.ts";
import { median, percentile } from "../verify/report/statistics.ts";

export type Unit = "ms" | "%" | "a second" | "MiB" | "count";

/** One quantity, with everything that was measured of it. */
export interface Row {
  readonly title: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  /** The largest p95 that passes; without one the row only tells. */
  readonly limit?: number;
}

/** All that one bench found; what is written as JSON. */
export interface BenchRows {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly rows: readonly Row[];
  /** What could not be measured here, and why. */
  readonly skipped?: readonly string[];
}

/** What is over its limit. */
function over(rows: readonly Row[]): readonly string[] {
  return rows.filter(({ samples, limit = Infinity }) => percentile(samples, 0.95) > limit).map(({ title }) => title);
}

/** @throws Error with all that is over its limit */
export function refuseOver(rows: readonly Row[]): void {
  const faults = over(rows);
  if (faults.length > 0) throw new Error(`over their limits: ${faults.join("; ")}`);
}

/** The result as Markdown. */
export function rowsText(heading: string, { startedAt, command, machine, rows, skipped = [] }: BenchRows): string {
  return `# ${heading}

- ${startedAt}, \`${command}\`
- ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB memory, ${machine.kernel}, load ${machine.load.toFixed(1)} at the start
${skipped.map((reason) => `- skipped: ${reason}\n`).join("")}
| what | n | median | p95 | p95 at most | |
| --- | ---: | ---: | ---: | ---: | --- |
${rows.map(line).join("\n")}
`;
}

function line(row: Row): string {
  const { title, unit, samples, limit } = row;
  const figures = [median(samples), percentile(samples, 0.95)].map((value) => withUnit(value, unit));
  const judged = limit === undefined ? ["", ""] : [withUnit(limit, unit), over([row]).length === 0 ? "ok" : "over"];
  return `| ${[title, samples.length, ...figures, ...judged].join(" | ")} |`;
}

function withUnit(value: number, unit: Unit): string {
  return unit === "ms" || unit === "count" ? formatValue(value, unit) : `${formatValue(value, "count")} ${unit}`;
}
