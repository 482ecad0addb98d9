import type { ClusterPlan } from "./plan.ts";

/** RTP and RTCP, towards the caller and towards the called phone (RFC 3550 section 11). */
export const PORTS_PER_CALL = 4;

/** What decides which ports a relay hands out. */
export type RelayRange = Pick<ClusterPlan, "relay" | "relayPorts"> & { readonly nodes: readonly unknown[] };

/** How many parts `relayPorts` has, one for each node, where no two of them may use the same. */
export function partsOf({ relay, nodes }: Pick<RelayRange, "relay" | "nodes">): number {
  return relay === "rtpproxy" || relay === "mediaproxy" ? nodes.length : 1;
}

/**
 * The ports that the relay of one node hands out. When a node has died, phones of its calls send on to the ports that they had.
 * A relay that does not know these calls must not give their ports to others, whose sound they would take: so each node has
 * ports of its own. rtpengine knows them, and has all.
 *
 * @param index of the node in the plan
 */
export function portsOfNode(range: RelayRange, index: number): ClusterPlan["relayPorts"] {
  const parts = partsOf(range);
  if (parts === 1) return range.relayPorts;
  const { min, max } = range.relayPorts;
  const size = 2 * Math.floor((max - min + 1) / 2 / parts);
  return { min: min + index * size, max: min + (index + 1) * size - 1 };
}

/** Calls at the same time that the relay of each node carries. */
export function callsWithin(range: RelayRange): number {
  const { min, max } = portsOfNode(range, 0);
  return Math.max(1, Math.floor((max - min + 1) / PORTS_PER_CALL));
}
