import { formatDuration } from "../figures.ts";
import type { Machine } from "../machine.ts";
import { median, percentile } from "../../verify/report/statistics.ts";
import { type Finding, ROWS } from "./rows.ts";

/** All that one comparison found; what is written as JSON. */
export interface PeersResult {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly findings: readonly Finding[];
  /** Runs that failed, with what they said. */
  readonly failures: readonly string[];
}

/** The result as Markdown: for each fault one line for each pair. */
export function peersText({ startedAt, command, machine, findings, failures }: PeersResult): string {
  const lines = [
    "# Peers",
    "",
    `- ${startedAt}, \`${command}\``,
    `- ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB memory, ${machine.kernel}, load ${machine.load.toFixed(1)} at the start`,
    "",
    "| fault | pair | n | outage, median | p95 | two owners, longest | acknowledged REGISTERs lost | first call answered | open calls unknown, most | calls with a wrong accounting, most |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...ROWS.flatMap((row) => {
      const ofRow = findings.filter((finding) => finding.row === row);
      return [...new Set(ofRow.map(({ pair }) => pair))].map((pair) =>
        line(
          row,
          pair,
          ofRow.filter((finding) => finding.pair === pair),
        ),
      );
    }),
    ...(failures.length === 0 ? [] : ["", ...failures.map((failure) => `- failed: ${failure}`)]),
  ];
  return `${lines.join("\n")}\n`;
}

function line(row: string, pair: string, runs: readonly Finding[]): string {
  const outages = runs.map(({ outageMs }) => outageMs);
  const lost = runs.reduce((sum, { lostRegistrations }) => sum + lostRegistrations, 0);
  const cells = [
    row,
    pair,
    runs.length,
    formatDuration(median(outages)),
    formatDuration(percentile(outages, 0.95)),
    formatDuration(Math.max(...runs.map(({ dualOwnerMs }) => dualOwnerMs))),
    lost,
    `${runs.filter(({ firstCall }) => firstCall).length} of ${runs.length}`,
    Math.max(...runs.map(({ unknownCalls }) => unknownCalls)),
    Math.max(...runs.map(({ wrongAccounting }) => wrongAccounting)),
  ];
  return `| ${cells.join(" | ")} |`;
}
