import type { Fault } from "./faults.ts";
import type { ClusterPlan, FloatingIpPlan } from "./plan.ts";

/** Whether nothing of it differs. */
export function sameFloatingIp(a: FloatingIpPlan, b: FloatingIpPlan): boolean {
  return a.address === b.address && a.prefix === b.prefix && a.gateway === b.gateway;
}

type Change = Pick<ClusterPlan, "allowOutage" | "floatingIp" | "heartbeatPaths">;

/**
 * The refusal of another floating IP than the one in service: with another address every call ends, and every phone has to
 * find the cluster anew.
 */
export function floatingIpChangeFaults(plan: Change, inService: FloatingIpPlan): readonly Fault[] {
  const { allowOutage, floatingIp } = plan;
  if (sameFloatingIp(floatingIp, inService)) return [];
  if (allowOutage) return pathFaults(plan, inService);
  return [
    {
      path: "floatingIp",
      got: text(floatingIp),
      allowed: `stay ${text(inService)}, which is in service, since a change is an outage: ${priceOf(floatingIp, inService)}`,
      fix: "write what is in service, or allow it by allowOutage: true; see docs/operations.md",
    },
  ];
}

/** The link-local addresses follow from the floating IP, so nodes with different ones do not hear each other by them. */
function pathFaults({ floatingIp, heartbeatPaths }: Change, inService: FloatingIpPlan): readonly Fault[] {
  if (floatingIp.address === inService.address || heartbeatPaths.some(({ network }) => network !== "public")) return [];
  return [
    {
      path: "heartbeat.paths",
      got: "public alone",
      allowed:
        "have another path while floatingIp.address changes, since the nodes do not hear each other by the public one meanwhile, and both would be active",
      fix: "add private in a deployment of its own first",
    },
  ];
}

/** What is told at each preview and `up` of such a change that is allowed. */
export function floatingIpChangeNotices({ floatingIp }: Change, inService: FloatingIpPlan): readonly string[] {
  if (sameFloatingIp(floatingIp, inService)) return [];
  return [
    `OUTAGE: floatingIp changes from ${text(inService)} to ${text(floatingIp)}: ${priceOf(floatingIp, inService)}`,
  ];
}

function priceOf({ address }: FloatingIpPlan, inService: FloatingIpPlan): string {
  if (address === inService.address) return "every caller depends on the other way from then on, calls in progress too";
  return (
    "every call ends, and phones reach the cluster again when they have learnt the new address; one behind NAT cannot be " +
    "called before it has registered there"
  );
}

function text({ address, prefix, gateway }: FloatingIpPlan): string {
  return `${address}/${prefix} via ${gateway}`;
}
