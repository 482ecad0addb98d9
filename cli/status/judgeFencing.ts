import type { ClusterPlan } from "../../config/plan.ts";
import { degraded, type Finding } from "./finding.ts";
import type { NodeReport } from "./report.ts";
import type { NodeSeen } from "./seen.ts";

/** A fencing device that does not work is told of before it is needed, and an order that it failed even more so. */
export function fencingFindings({ fencing }: ClusterPlan, { name, report }: NodeSeen): readonly Finding[] {
  if (fencing.kind === "none") return [];
  const view = report.fencing;
  if (!view?.configured) {
    return [degraded(`${name} does not know its fencing device`, "run `npm run up`, which gives it to the node")];
  }
  const { target, device, said, order } = view;
  const peerDead = (report.peers ?? []).some((peer) => peer.node === target && peer.status === "dead");
  if (peerDead && (order?.result === "failed" || order?.result === "refused")) {
    const fix = `mend the device; or make sure that ${target} is off, then on ${name}: sudo /usr/lib/sip-ha/engine fence-confirm ${target}`;
    return [degraded(`${name} does not take over: ${target} was not switched off (${order.said})`, fix)];
  }
  if (device === "ok") return [];
  const fix = `ask it on ${name}: sudo /usr/lib/sip-ha/engine fence-check; until it works ${name} takes over from no dead node`;
  const what = device === "broken" ? `does not work: ${said}` : "was not asked lately";
  return [degraded(`the fencing device of ${target} ${what}`, fix)];
}

/** One word for the table. */
export function fencingWords({ fencing }: NodeReport): string {
  if (!fencing?.configured) return "unknown";
  return fencing.device === "ok" ? "works" : fencing.device;
}
