import type { ClusterPlan } from "../config/plan.ts";
import { shellAssignments } from "./clusterEnv.ts";
import type { RenderedFile } from "./renderedFile.ts";

/** Where the relay receives media: the floating IP, and the range of UDP ports it hands out. */
export function relayFiles(plan: ClusterPlan): RenderedFile[] {
  return [
    {
      path: "/etc/sip-ha/relay.env",
      mode: "0644",
      owner: "root:root",
      effect: "relay",
      content:
        "# managed by Pulumi: values of sip-ha-relay.service, from the stack file\n" +
        shellAssignments({
          MEDIA_ADDRESS: plan.floatingIp.address,
          MEDIA_PORT_MIN: plan.relayPorts.min,
          MEDIA_PORT_MAX: plan.relayPorts.max,
        }),
    },
  ];
}
