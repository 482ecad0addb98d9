import { type ClusterPlan, isLab } from "../../config/plan.ts";
import { gatherFacts } from "./facts.ts";
import { PreflightError } from "./fault.ts";
import { check } from "./rules.ts";

/**
 * Looks for what would make a deployment fail half-way; changes nothing.
 *
 * @throws PreflightError with everything found at once
 */
export async function preflight(plan: ClusterPlan): Promise<void> {
  if (!isLab(plan)) return;
  const faults = check(plan, await gatherFacts(plan));
  if (faults.length > 0) throw new PreflightError(faults);
}
