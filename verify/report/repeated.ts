import type { Bound } from "../bounds/bound.ts";
import type { Measure, ScenarioReport } from "./report.ts";
import { percentile } from "./statistics.ts";

/** So many runs tell a 95th percentile that is not just the worst of them. */
const RUNS = 20;

/** What is judged over the runs of a verification together: each {@link Bound.p95}, where there were 20 runs or more. */
export function repeatedMeasures(scenarios: readonly Pick<ScenarioReport, "measures">[]): readonly Measure[] {
  const measures = scenarios.flatMap((scenario) => scenario.measures);
  const bounds = new Map<string, Bound>(measures.map(({ bound }) => [bound.name, bound]));
  return [...bounds.values()].flatMap(({ p95, ...bound }) => {
    const runs = measures.filter((measure) => measure.bound.name === bound.name).map(({ measured }) => measured);
    if (p95 === undefined || runs.length < RUNS) return [];
    return {
      bound: { ...bound, name: `${bound.name}: p95 of ${runs.length} runs`, limit: p95 },
      measured: percentile(runs, 0.95),
      lookAt: "what each run's outage is made of",
    };
  });
}
