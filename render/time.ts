import type { ClusterPlan, MachinePlan } from "../config/plan.ts";
import type { RenderedFile } from "./renderedFile.ts";

/**
 * chrony's generated fragment: the bastion serves time to the private network, every other machine asks only the
 * bastion (chrony.conf(5)). The static part is `files/{bastion,common}/etc/chrony/`.
 */
export function timeFiles(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  const lines =
    machine.role === "bastion"
      ? [`allow ${plan.hosts.privateSubnet}`, `bindaddress ${machine.privateAddress}`]
      : [`server ${plan.bastion.privateAddress} iburst minpoll 2 maxpoll 6`, "port 0"];
  const header = "# managed by Pulumi: change the stack file; the rest is in ../chrony.conf";
  return [
    {
      path: "/etc/chrony/sip-ha.d/local.conf",
      mode: "0644",
      owner: "root:root",
      effect: "time",
      content: [header, ...lines, ""].join("\n"),
    },
  ];
}
