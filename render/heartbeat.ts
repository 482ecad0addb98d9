import { createHash } from "node:crypto";
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

/** Heartbeat knows numbers below 16 (MAXAUTH of heartbeat.h). */
const KEY_NUMBERS = 15;

/** The number of a key in `authkeys`: that of the next generation is another one. */
export function keyNumber(generation: number): number {
  return ((generation - 1) % KEY_NUMBERS) + 1;
}

/**
 * `authkeys`: Heartbeat refuses it unless only root can read it. It tells the sum of the key before, so that a node takes
 * a new one only from who knows its own.
 */
export function heartbeatSecrets({ generations }: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  const { heartbeatKey, formerHeartbeatKey: former } = secrets;
  const content = fillTemplate(readStatic("node", "/etc/ha.d/authkeys"), {
    NUMBER: String(keyNumber(generations.heartbeat)),
    HEARTBEAT_KEY: heartbeatKey,
    FOLLOWS: former === undefined ? "none" : createHash("sha256").update(former).digest("hex"),
  });
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
