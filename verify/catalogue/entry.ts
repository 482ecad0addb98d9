import type { ScenarioReport } from "../report/report.ts";
import type { FaultTools } from "../context.ts";
import type { Restoration } from "../faults/restoration.ts";

/** What a scenario does to the service: nothing, the bound of a planned switchover, or a fault. */
export type Harm = "none" | "switchover" | "fault";

/** One scenario of `npm run verify`, by its name. */
export interface CatalogueEntry {
  /** Lower case words and numbers joined by `-`; what the command line takes. */
  readonly name: string;
  /** Its rows in the fault catalogue of docs/failover.md. */
  readonly rows: readonly number[];
  /** One line for the list of scenarios. */
  readonly title: string;
  readonly harm: Harm;
  /** How many users it registers; 30 by default. */
  readonly users?: number;
  /** Why it cannot run on this cluster; undefined when it can. It is then reported as skipped. */
  readonly unavailable?: (tools: FaultTools, active: string) => string | undefined | Promise<string | undefined>;
  readonly run: (tools: FaultTools, turn: Turn) => Promise<ScenarioReport>;
}

/** Why a scenario cannot run that switches these nodes off and on; undefined when it can. */
export function withoutPower(tools: FaultTools, nodes: readonly string[]): string | undefined {
  const without = nodes.filter((node) => tools.power(node) === undefined);
  return without.length === 0 ? undefined : `nothing can switch ${without.join(" and ")} off and on from outside`;
}

/** What one run of one scenario is given. */
export interface Turn {
  /** The node that owns the group now. */
  readonly active: string;
  /** The users that are registered meanwhile, as `CallerHost.register` selects them; no other run has them. */
  readonly load: string;
  /** What has to be undone at the end of the verification, however it ends. */
  readonly restoration: Restoration;
}
