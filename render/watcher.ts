import type { ClusterPlan } from "../config/plan.ts";
import { shellAssignments } from "./clusterEnv.ts";
import type { RenderedFile } from "./renderedFile.ts";

/** When the watcher of a node gives a failing daemon up. Apart from cluster.env: a change of it moves no group. */
export function watcherFiles({ supervision }: ClusterPlan): RenderedFile[] {
  return [
    {
      path: "/etc/sip-ha/watcher.env",
      mode: "0644",
      owner: "root:root",
      effect: "none",
      content:
        "# managed by Pulumi: values of sip-ha-watcher.service, from the stack file (supervision)\n" +
        shellAssignments({
          SUPERVISION_RESTARTS: supervision.restarts,
          SUPERVISION_WINDOW_SEC: supervision.windowSec,
        }),
    },
  ];
}
