import type { FaultTools } from "../context.ts";
import type { Registrations } from "../phones/registrations.ts";
import type { ScenarioReport } from "../report/report.ts";
import { Measuring } from "./measuring.ts";
import { runScenario, type ScenarioLog } from "./scenario.ts";

/** What runs beside a scenario until its fault. */
export interface Beside {
  /** Pattern of the users that are registered meanwhile. */
  readonly load: string;
  /** The node that serves until the fault. */
  readonly active: string;
  /** How many users those are, and how fast they come; few by default. */
  readonly registrations?: Registrations | undefined;
}

/** {@link runScenario} with everything of {@link Measuring} under way from the first step on; it ends however the body does. */
export async function measuredScenario(
  name: string,
  tools: FaultTools,
  { load, active, registrations }: Beside,
  body: (log: ScenarioLog, measuring: Measuring) => Promise<void>,
): Promise<ScenarioReport> {
  const measuring = new Measuring(tools);
  return runScenario(name, tools.context, async (log) => {
    try {
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, active, registrations);
      await body(log, measuring);
    } finally {
      log.notes.push(...measuring.troubles);
      await measuring.stop();
    }
  });
}
