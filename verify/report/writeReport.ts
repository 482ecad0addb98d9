import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { repeatedMeasures } from "./repeated.ts";
import { formatValue, type Measure, type VerificationReport, withinBound } from "./report.ts";
import { medianParts, outagePartsText } from "./outagePartsText.ts";
import { reportHtml } from "./reportHtml.ts";

/** Writes report.json and report.html into the report's directory and points `latest` beside it there. */
export async function writeReport(report: VerificationReport): Promise<void> {
  const { directory } = report;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "report.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(directory, "report.html"), reportHtml(report));
  // a link is replaced in one step by renaming another one over it
  const fresh = join(dirname(directory), `.latest-${process.pid}`);
  await symlink(basename(directory), fresh);
  await rename(fresh, join(dirname(directory), "latest"));
}

/** The figures as a table for a terminal. */
export function summaryText(report: VerificationReport): string {
  const failed = report.checks.filter((check) => check.fault !== undefined).length;
  const lines = [`checks: ${report.checks.length - failed} passed, ${failed} failed`];
  for (const { name, measures, seconds, outageParts } of report.scenarios) {
    const divided = outageParts ? [`       SIP outage ${outagePartsText(outageParts)}`] : [];
    lines.push("", `${name} (${seconds.toFixed(1)} s)`, ...measures.map(measureLine), ...divided);
  }
  const together = [...medianParts(report.scenarios), ...repeatedMeasures(report.scenarios).map(measureLine)];
  if (together.length > 0) lines.push("", ...together);
  lines.push("", ...report.skipped.map((line) => `skipped: ${line}`));
  const verdict = report.passed ? "passed" : "FAILED";
  return [...lines, `verification ${verdict} in ${report.seconds.toFixed(1)} s; ${report.directory}/report.html`].join(
    "\n",
  );
}

function measureLine(measure: Measure): string {
  const { bound, measured } = measure;
  const mark = withinBound(measure) ? "ok  " : "FAIL";
  const got = formatValue(measured, bound.unit).padStart(10);
  return `  ${mark} ${bound.name.padEnd(48)} ${got}   at most ${formatValue(bound.limit, bound.unit)}`;
}
