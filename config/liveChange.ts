import type { Fault } from "./faults.ts";
import { floatingIpChangeFaults, floatingIpChangeNotices } from "./floatingIpChange.ts";
import { machineChangeFaults } from "./machineChange.ts";
import type { ClusterPlan } from "./plan.ts";
import { proxyChangeFaults } from "./proxyChange.ts";

/** In the environment of a Pulumi CLI that `sip-ha` starts: it has held the stack file against what is in service already. */
export const LOOKED_AT = "SIP_HA_LOOKED_AT";

/** What a running stack cannot take, or takes only at a price that its file does not allow; all of it at once. */
export function liveChangeFaults(plan: ClusterPlan, inService: ClusterPlan): readonly Fault[] {
  return [
    ...proxyChangeFaults(plan, inService.proxy),
    ...floatingIpChangeFaults(plan, inService.floatingIp),
    ...machineChangeFaults(plan, inService),
  ];
}

/** What is allowed on a running stack, and must be known before; one line each. */
export function liveChangeNotices(plan: ClusterPlan, inService: ClusterPlan): readonly string[] {
  return floatingIpChangeNotices(plan, inService.floatingIp);
}
