import type { Fault } from "./faults.ts";
import type { ClusterPlan } from "./plan.ts";

/**
 * The refusal of another proxy than the one in service: each has tables of its own, so that the next one knows nobody
 * until every phone has registered again. Users and accounting are kept.
 */
export function proxyChangeFaults(plan: ClusterPlan, inService: ClusterPlan["proxy"]): readonly Fault[] {
  if (plan.allowRegistrationLoss || plan.proxy === inService) return [];
  return [
    {
      path: "proxy",
      got: plan.proxy,
      allowed: `stay ${inService}, which is in service, since a change loses every registration until the phones register again`,
      fix: `write proxy: ${inService}, or allow it by allowRegistrationLoss: true`,
    },
  ];
}
