import type { ClusterPlan } from "../../config/plan.ts";
import { degraded, down, type Finding } from "./finding.ts";
import type { DatabaseReport, HostReport } from "./report.ts";
import { type HostSeen, type NodeSeen, powerOn } from "./seen.ts";

/** Registrations expire by the clock, so nodes and database must agree to well below a second; in milliseconds. */
const CLOCK_BOUND_MS = 500;

/** Without the database nobody can register, and the proxy knows no contact for a new call. */
export function databaseFindings(
  plan: ClusterPlan,
  hosts: readonly HostSeen[],
  nodes: readonly NodeSeen[],
): readonly Finding[] {
  const { name } = plan.database.machine;
  const own = databaseReport(hosts);
  const findings = own ? ownFindings(name, own) : [];
  if (findings.length > 0) return findings;
  const cut = nodes.filter(({ report }) => report.database !== "ok").map((node) => node.name);
  if (cut.length === 0) return [];
  const what = `${cut.join(" and ")} cannot reach the database ${name}`;
  const fix = own
    ? `check the private network between ${cut.join(", ")} and ${name}`
    : `switch ${name} on, then look again`;
  return [cut.length === nodes.length ? down(`${what}: no registration, no new call`, fix) : degraded(what, fix)];
}

function databaseReport(hosts: readonly HostSeen[]): DatabaseReport | undefined {
  for (const { found } of hosts) {
    if (found.kind === "report" && found.report.role === "database") return found.report;
  }
  return undefined;
}

function ownFindings(name: string, { units, rows }: DatabaseReport): readonly Finding[] {
  const state = units["mariadb"] ?? "unknown";
  const fix = `look at \`journalctl -u mariadb\` on ${name}, then \`systemctl start mariadb\``;
  if (state !== "active") return [down(`the database on ${name} is ${state}: no registration, no new call`, fix)];
  if ("said" in rows) return [down(`the database on ${name} does not answer: ${rows.said}`, fix)];
  return [];
}

/** Hosts that tell nothing; the bastion is told of only where the others are known all the same. */
export function silentFindings(hosts: readonly HostSeen[]): readonly Finding[] {
  const known = hosts.some(({ role, found }) => role === "node" && found.kind === "report");
  return hosts.flatMap((host) => {
    const { name, role, found } = host;
    if (found.kind === "bare") {
      const fix = "run `npm run up`, which installs what is missing";
      return [degraded(`${name} has no usable release of this cluster: ${found.said}`, fix)];
    }
    if (found.kind !== "silent" || !known) return [];
    const meaning = role === "node" ? ": there is no second node to fail over to" : "";
    return [
      degraded(`${name} does not answer (${found.said})${meaning}`, `${powerOn(host)}, or mend its network and sshd`),
    ];
  });
}

/** Nodes must have the same packages and files, apart from what says who they are. */
export function fileFindings(nodes: readonly NodeSeen[]): readonly Finding[] {
  const [first, ...others] = nodes;
  if (!first) return [];
  return others.flatMap((other) => {
    const [mine, theirs] = [checksums(first.report), checksums(other.report)];
    const paths = new Set([...mine.keys(), ...theirs.keys()]);
    const differing = [...paths].filter((path) => mine.get(path) !== theirs.get(path));
    const parts = [...(first.report.bundle === other.report.bundle ? [] : ["packages"]), ...differing.sort()];
    if (parts.length === 0) return [];
    const shown = parts.slice(0, 3).join(", ") + (parts.length > 3 ? ` and ${parts.length - 3} more` : "");
    return [degraded(`${first.name} and ${other.name} differ: ${shown}`, "run `npm run up`, which makes them equal")];
  });
}

function checksums({ files, secrets }: HostReport): ReadonlyMap<string, string> {
  return new Map([...files, ...secrets]);
}

export function clockFindings(hosts: readonly HostSeen[]): readonly Finding[] {
  return hosts.flatMap(({ name, role, found }) => {
    if (found.kind !== "report" || (role !== "node" && role !== "database")) return [];
    const { clock } = found.report;
    const fix = `look at \`chronyc tracking\` on ${name} and at chrony on what it follows`;
    if (!clock) return [degraded(`chrony on ${name} does not answer`, fix)];
    if (!clock.synchronised) return [degraded(`the clock of ${name} is not synchronised`, fix)];
    if (Math.abs(clock.offsetMs) <= CLOCK_BOUND_MS) return [];
    return [degraded(`the clock of ${name} is off by ${Math.round(clock.offsetMs)} ms`, fix)];
  });
}
