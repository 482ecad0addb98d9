import { type ClusterPlan, groupOf, type MachinePlan } from "../config/plan.ts";
import { pathsToPeer } from "./clusterEnv.ts";
import { stonithLine } from "./fencing.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { readStatic } from "./staticTree.ts";
import { fillTemplate } from "./template.ts";

/** `ha.cf` and `haresources` of a node; they hold no secrets. */
export function heartbeatFiles(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  const { timing } = plan;
  const haCf = fillTemplate(readStatic("node", "/etc/ha.d/ha.cf"), {
    KEEPALIVE_MS: String(timing.keepaliveMs),
    WARNTIME_MS: String(timing.warntimeMs),
    DEADTIME_MS: String(timing.deadtimeMs),
    INITDEAD_MS: String(timing.initdeadMs),
    UDPPORT: String(plan.heartbeatPort),
    UCAST: pathsToPeer(plan, machine)
      .map(({ card, address }) => `ucast ${card} ${address}`)
      .join("\n"),
    STONITH: stonithLine(plan.fencing),
    NODES: plan.nodes.map((node) => node.name).join(" "),
  });
  const haresources = fillTemplate(readStatic("node", "/etc/ha.d/haresources"), {
    PREFERRED: preferred(plan).name,
    GROUP: groupOf(plan)
      .map((resource) => `sipha-${resource}`)
      .join(" "),
  });
  return [engineFile("/etc/ha.d/ha.cf", "0644", haCf), engineFile("/etc/ha.d/haresources", "0644", haresources)];
}

/** `authkeys`: Heartbeat refuses it unless only root can read it. */
export function heartbeatSecrets(secrets: ClusterSecrets): RenderedFile[] {
  const content = fillTemplate(readStatic("node", "/etc/ha.d/authkeys"), { HEARTBEAT_KEY: secrets.heartbeatKey });
  return [engineFile("/etc/ha.d/authkeys", "0600", content)];
}

function preferred(plan: ClusterPlan): MachinePlan {
  const [first] = plan.nodes;
  if (first === undefined) throw new Error("the plan has no nodes");
  return first;
}

function engineFile(path: string, mode: string, content: string): RenderedFile {
  return { path, mode, owner: "root:root", effect: "engine", content };
}
