import type { ClusterPlan } from "../config/plan.ts";
import type { RenderedFile } from "./renderedFile.ts";

/**
 * Whether the private interface answers ARP requests for the floating IP (ip-sysctl, arp_ignore): only where media
 * servers reach it over the private network.
 */
export function sysctlFiles({ mediaServers }: ClusterPlan): RenderedFile[] {
  const ignore = mediaServers.length === 0 ? 1 : 0;
  const why =
    mediaServers.length === 0
      ? "# The private network never learns the floating address."
      : "# Media servers reach the floating address over the private network.";
  return [
    {
      path: "/etc/sysctl.d/61-sip-ha-local.conf",
      mode: "0644",
      owner: "root:root",
      effect: "none",
      content: `# managed by Pulumi: change the stack file\n${why}\nnet.ipv4.conf.all.arp_ignore = ${ignore}\n`,
    },
  ];
}
