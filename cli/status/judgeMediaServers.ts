import type { ClusterPlan } from "../../config/plan.ts";
import { degraded, type Finding } from "./finding.ts";
import type { NodeSeen } from "./seen.ts";

/** Media servers that the proxy of the active node gives no calls. Calls between users go on all the same. */
export function mediaServerFindings(
  { mediaServers, balancing }: ClusterPlan,
  { name, report }: NodeSeen,
): readonly Finding[] {
  const states = report.mediaServers;
  if (states === undefined || report.proxy !== "ok") return [];
  const dead = mediaServers.filter((server) => !["up", "missed"].includes(states.get(server.name) ?? ""));
  if (dead.length === 0) return [];
  const who = dead.map((server) => `${server.name} (${server.address}:${server.port})`).join(", ");
  const fix = `look at it, and whether it has a route to the floating IP; \`/usr/lib/sip-ha/proxyctl media-servers\` on ${name} tells when it is back`;
  if (dead.length < mediaServers.length)
    return [degraded(`media server ${who} does not answer and gets no calls`, fix)];
  return [degraded(`no media server answers: calls to ${balancing.users.join(", ")} are refused; ${who}`, fix)];
}
