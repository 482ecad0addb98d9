import type { ClusterPlan } from "../../config/plan.ts";
import { degraded, type Finding } from "./finding.ts";
import type { HostSeen, NodeSeen } from "./seen.ts";

/** `3 calls, 1.2 of 64 MB`, as `relay-store` says it when all is well. */
const WELL = /^\d+ calls, /;

/** Without Redis calls go on, but the next node does not carry on with their sound. */
export function relayStoreFindings(
  { redis }: ClusterPlan,
  hosts: readonly HostSeen[],
  nodes: readonly NodeSeen[],
): readonly Finding[] {
  if (redis === undefined) return [];
  const { name } = redis.machine;
  const meaning = "calls would lose their sound when the active node dies";
  const fix = `look at \`journalctl -u sip-ha-redis\` on ${name}`;
  const own = hosts.find((host) => host.name === name)?.found;
  if (own?.kind === "report" && own.report.role === "database") {
    const state = own.report.units["sip-ha-redis"] ?? "unknown";
    if (state !== "active") return [degraded(`Redis on ${name} is ${state}: ${meaning}`, fix)];
  }
  const unwell = nodes.filter(({ report }) => !WELL.test(report.relayStore ?? ""));
  return unwell.map((node) =>
    degraded(`${node.name}: ${node.report.relayStore ?? "Redis was not asked"}: ${meaning}`, fix),
  );
}
