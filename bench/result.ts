import { formatDuration, type Summary } from "./figures.ts";
import type { Machine } from "./machine.ts";

/** Below this many runs median and p95 say little. */
export const ENOUGH_RUNS = 5;

/** Everything that one bench found; what is written as JSON. */
export interface BenchResult {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly summaries: readonly Summary[];
  /** Steps that failed, with their run and the end of what they said; their durations count nowhere. */
  readonly failures: readonly string[];
}

/** The result as Markdown. */
export function resultText(result: BenchResult): string {
  const { machine } = result;
  const lines = [
    "# Bench",
    "",
    `- ${result.startedAt}, \`${result.command}\``,
    `- ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB memory, ${machine.kernel}, ` +
      `Node.js ${machine.node}, load ${machine.load.toFixed(1)} at the start`,
    `- ${result.runs} runs with warm caches${result.runs < ENOUGH_RUNS ? `, too few to rely on (${ENOUGH_RUNS})` : ""}`,
    "",
    "| what | n | median | p95 | p95 at most | |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
    ...result.summaries.map(row),
    ...(result.failures.length === 0 ? [] : ["", ...result.failures.map((failure) => `- failed: ${failure}`)]),
  ];
  return `${lines.join("\n")}\n`;
}

function row({ title, samplesMs, medianMs, p95Ms, limitMs, verdict }: Summary): string {
  const figures = [medianMs, p95Ms, limitMs].map(formatDuration);
  return `| ${[title, samplesMs.length, ...figures, verdict].join(" | ")} |`;
}
