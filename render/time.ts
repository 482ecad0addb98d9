import type { ClusterPlan, MachinePlan } from "../config/plan.ts";
import type { RenderedFile } from "./renderedFile.ts";

/**
 * chrony's generated fragment: the cluster's time server, where it has one of its own, serves the private network; every
 * other machine asks only the plan's sources (chrony.conf(5)). The static part is `files/{time-server,common}/etc/chrony/`.
 */
export function timeFiles(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  const lines =
    machine.name === plan.time.server
      ? [`allow ${plan.hosts.privateSubnet}`, `bindaddress ${machine.privateAddress}`]
      : [...plan.time.sources.map((source) => `server ${source} iburst minpoll 2 maxpoll 6`), "port 0"];
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
