import type { ExistingClusterPlan, FloatingIpPlan, MachinePlan } from "../../config/plan.ts";
import type { PreflightFault } from "../preflight/fault.ts";
import type { MachineFacts } from "./facts.ts";

/** What one machine is asked by one rule. */
export interface Subject {
  readonly plan: ExistingClusterPlan;
  readonly machine: MachinePlan;
  readonly facts: MachineFacts;
  /** Whether it has a release of this very stack: then what runs there is the cluster's own. */
  readonly ours: boolean;
  /** Those that the group may have there: the plan's, and the one in service. None on a machine that is not a node of ours. */
  readonly floatingIps: readonly FloatingIpPlan[];
}

export type Rule = (subject: Subject) => readonly PreflightFault[];

/** A fault where something is wrong, none otherwise. */
export function fault(wrong: boolean, machine: MachinePlan, what: string, got: string, fix: string): PreflightFault[] {
  return wrong ? [{ what: `${machine.name}: ${what}`, got, fix }] : [];
}
