import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../config/plan.ts";

/** Says at each preview and update what can happen to a cluster that cannot switch off a silent node. */
export function warnWithoutFencing({ fencing, nodes }: ClusterPlan): void {
  if (fencing.kind !== "none") return;
  const names = nodes.map(({ name }) => name).join(" and ");
  void pulumi.log.warn(
    `no fencing: if ${names} lose sight of each other, or one of them freezes and thaws, both hold the floating IP and ` +
      "serve calls until they hear each other again, and then the one that took it earlier lets it go, within a second; " +
      "set `fencing` in the stack file",
  );
}
