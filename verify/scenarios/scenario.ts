import { messageOf } from "../../remote/eventually.ts";
import type { VerificationContext } from "../context.ts";
import type { OutageParts } from "../evidence/outageParts.ts";
import type { Measure, ScenarioReport, Timeline } from "../report/report.ts";

/** Gathers what a scenario does and finds. */
export class ScenarioLog {
  readonly steps: string[] = [];
  readonly measures: Measure[] = [];
  readonly notes: string[] = [];
  readonly timelines: Timeline[] = [];
  outageParts: OutageParts | undefined;
  readonly #context: VerificationContext;

  constructor(context: VerificationContext) {
    this.#context = context;
  }

  /** Says the next step; throws when the verification was interrupted. */
  step(text: string): void {
    this.#context.step(text);
    this.steps.push(text);
  }
}

/** Runs a scenario; whatever breaks it off becomes part of its report, beside what was measured until then. */
export async function runScenario(
  name: string,
  context: VerificationContext,
  body: (log: ScenarioLog) => Promise<void>,
): Promise<ScenarioReport> {
  const log = new ScenarioLog(context);
  const began = performance.now();
  const report = (failure?: string): ScenarioReport => ({
    name,
    steps: log.steps,
    measures: log.measures,
    notes: log.notes,
    timelines: log.timelines,
    seconds: (performance.now() - began) / 1000,
    ...(log.outageParts === undefined ? {} : { outageParts: log.outageParts }),
    ...(failure === undefined ? {} : { failure }),
  });
  try {
    await body(log);
    return report();
  } catch (error) {
    const said = messageOf(error);
    return report(`${log.steps.at(-1) ?? "begin"}: ${said}`);
  }
}
