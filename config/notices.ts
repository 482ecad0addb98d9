import type { ClusterPlan } from "./plan.ts";

/** What is allowed but must be known before a deployment; one line each. */
export function notices({ relay }: ClusterPlan): readonly string[] {
  if (relay !== "mediaproxy") return [];
  return [
    "relay mediaproxy: it drives the connection tracking of the kernel, which a container of the lab has only where the " +
      "controller's kernel lends it (nf_conntrack_netlink, iptable_nat). It has not been run in a lab; where it does not " +
      "start, the deployment ends there. docs/choosing.md says what has been tried",
  ];
}
