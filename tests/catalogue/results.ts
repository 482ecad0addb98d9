import { z } from "zod";
import type { Tally } from "../support/tally.ts";

/** What is read of a verification's `report.json`; JSON has no infinity, which is null there. */
export const catalogueReportSchema = z.object({
  faults: z.array(z.string()),
  skipped: z.array(z.string()),
  scenarios: z.array(
    z.object({
      scenario: z.string(),
      failure: z.string().optional(),
      measures: z.array(z.object({ bound: z.object({ limit: z.number() }), measured: z.number().nullable() })),
    }),
  ),
});
export type CatalogueReport = z.infer<typeof catalogueReportSchema>;

/** What one cluster showed. */
export interface LabResult {
  readonly title: string;
  /** Undefined when there is none, for the reason given. */
  readonly report?: CatalogueReport;
  readonly trouble?: string;
}

function passed({ failure, measures }: CatalogueReport["scenarios"][number]): boolean {
  return failure === undefined && measures.every(({ bound, measured }) => measured !== null && measured <= bound.limit);
}

/** Each run of a scenario is one test. Skipped is what ran on no cluster; a fault of none of them is a failure by itself. */
export function catalogueTally(results: readonly LabResult[]): Tally {
  const runs = results.flatMap(({ report }) => report?.scenarios ?? []);
  const failures = results.filter(({ report, trouble }) => {
    const unexplained = report && report.faults.length > 0 && report.scenarios.every(passed);
    return trouble !== undefined || unexplained;
  });
  const good = runs.filter(passed).length;
  return { passed: good, failed: runs.length - good + failures.length, skipped: ranNowhere(results).length };
}

/** `name: reason` of what no cluster allowed. */
function ranNowhere(results: readonly LabResult[]): readonly string[] {
  const ran = new Set(results.flatMap(({ report }) => report?.scenarios ?? []).map(({ scenario }) => scenario));
  const skipped = new Map(
    results
      .flatMap(({ report }) => report?.skipped ?? [])
      .map((line) => [line.slice(0, line.indexOf(":")), line] as const),
  );
  return [...skipped].filter(([name]) => !ran.has(name)).map(([, line]) => line);
}

/** For a terminal: for each cluster how many runs were well, and what was not. */
export function catalogueText(results: readonly LabResult[], seed: number): string {
  const clusters = results.flatMap(({ title, report, trouble }) => {
    const runs = report?.scenarios ?? [];
    const counts = `${title}: ${runs.filter(passed).length} of ${runs.length} runs passed`;
    return [counts, ...(report?.faults ?? []).map((fault) => `  - ${fault}`), ...(trouble ? [`  - ${trouble}`] : [])];
  });
  return [`catalogue, seed ${seed}`, ...clusters, ...ranNowhere(results).map((line) => `skipped: ${line}`)].join("\n");
}
