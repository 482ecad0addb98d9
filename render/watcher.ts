import type { ClusterPlan } from "../config/plan.ts";
import { shellAssignments } from "./clusterEnv.ts";
import { databaseAccounts } from "./database.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

/** When the watcher of a node gives a failing daemon up. Apart from cluster.env: a change of it moves no group. */
export function watcherFiles({ stack, proxy, supervision, alerts }: ClusterPlan): RenderedFile[] {
  return [
    {
      path: "/etc/sip-ha/watcher.env",
      mode: "0644",
      owner: "root:root",
      effect: "none",
      content:
        "# managed by Pulumi: values of sip-ha-watcher.service, from the stack file (supervision, alerts)\n" +
        shellAssignments({
          PROXY: proxy,
          SUPERVISION_RESTARTS: supervision.restarts,
          SUPERVISION_WINDOW_SEC: supervision.windowSec,
          STACK: stack,
          ALERT_COMMAND: JSON.stringify(alerts.command),
        }),
    },
  ];
}

/** The account with which the watcher asks the database itself, which may only read, and where it tells of changes. */
export function watcherSecretFiles(plan: ClusterPlan, { probePassword, alertUrl }: ClusterSecrets): RenderedFile[] {
  return [
    {
      path: "/etc/sip-ha/watcher-secrets.env",
      mode: "0600",
      owner: "root:root",
      effect: "none",
      content:
        "# managed by Pulumi: the watcher's account of the database and its address for alerts, from the stack's secrets\n" +
        shellAssignments({
          PROBE_ACCOUNT: databaseAccounts(plan).probe,
          PROBE_PASSWORD: probePassword,
          ...(alertUrl === undefined ? {} : { ALERT_URL: alertUrl }),
        }),
    },
  ];
}
