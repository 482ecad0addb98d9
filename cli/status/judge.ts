import { type ClusterPlan, groupOf } from "../../config/plan.ts";
import { certificateFindings } from "./certificate.ts";
import { degraded, down, type Finding } from "./finding.ts";
import { fencingFindings } from "./judgeFencing.ts";
import { clockFindings, databaseFindings, fileFindings, silentFindings } from "./judgeHosts.ts";
import { mediaServerFindings } from "./judgeMediaServers.ts";
import { relayStoreFindings } from "./judgeRelayStore.ts";
import type { NodeReport } from "./report.ts";
import { groupIsComing, supervisionFindings } from "./supervision.ts";
import { type HostSeen, type NodeSeen, powerOn, reportingNodes } from "./seen.ts";

export type Level = "healthy" | "degraded" | "down";

export interface Verdict {
  readonly level: Level;
  /** Name of the node that serves; undefined when none or more than one does. */
  readonly active?: string;
  /** Gravest first. */
  readonly findings: readonly Finding[];
}

/** What the findings about hosts mean for the cluster; pure. */
export function judge(plan: ClusterPlan, hosts: readonly HostSeen[], at = new Date()): Verdict {
  const nodes = reportingNodes(hosts);
  const owners = nodes.filter(({ report }) => holdsFloatingIp(plan, report) || report.owner?.role === "active");
  const [active] = owners.length === 1 ? owners : [];
  const findings = [
    ...ownerFindings(plan, hosts, nodes, owners),
    ...(active ? [...activeFindings(plan, active), ...mediaServerFindings(plan, active)] : []),
    ...nodes.filter((node) => !owners.includes(node)).flatMap((node) => standbyFindings(node)),
    ...nodes.flatMap((node) => pathFindings(plan, node)),
    ...nodes.flatMap(supervisionFindings),
    ...nodes.flatMap((node) => fencingFindings(plan, node)),
    ...relayStoreFindings(plan, hosts, nodes),
    ...databaseFindings(plan, hosts, nodes),
    ...silentFindings(hosts),
    ...fileFindings(nodes),
    ...clockFindings(hosts),
    ...certificateFindings(plan, at),
  ];
  const sorted = [...findings.filter(isDown), ...findings.filter((finding) => !isDown(finding))];
  return { level: sorted[0]?.level ?? "healthy", ...(active ? { active: active.name } : {}), findings: sorted };
}

function isDown({ level }: Finding): boolean {
  return level === "down";
}

export function holdsFloatingIp(plan: ClusterPlan, report: NodeReport): boolean {
  return report.addresses.some((address) => address.split("/")[0] === plan.floatingIp.address);
}

function ownerFindings(
  plan: ClusterPlan,
  hosts: readonly HostSeen[],
  nodes: readonly NodeSeen[],
  owners: readonly NodeSeen[],
): readonly Finding[] {
  if (owners.length === 1) return [];
  if (owners.length > 1) {
    const names = owners.map(({ name }) => name).join(" and ");
    const fix =
      "stop heartbeat on one of them (`systemctl stop heartbeat`), mend the network between them, start it again";
    return [down(`${names} both hold the group`, fix)];
  }
  return [nodes.length === 0 ? silentNodes(plan, hosts) : ownerless(nodes)];
}

/** No node tells that it owns the group; a standby asks the network who has the address. */
function ownerless(nodes: readonly NodeSeen[]): Finding {
  const elsewhere = nodes.map(({ report }) => report.owner?.owner).find((owner) => owner);
  if (elsewhere) {
    const fix = `look at ${elsewhere}: its sshd, disk and load`;
    return degraded(`${elsewhere} holds the group but tells nothing itself`, fix);
  }
  if (nodes.some(({ report }) => report.owner?.role === "transition")) {
    return down("the group is moving between the nodes", "look again in a few seconds");
  }
  const ready = nodes.find(({ report }) => report.units["heartbeat"] === "active");
  const fix = ready ? takeIt(ready) : "start heartbeat on the nodes (`systemctl start heartbeat`)";
  return down("no node holds the group", fix);
}

/** With a fencing device that fails, nobody takes over from a silent node but by an operator's word. */
function takeIt({ name, report: { fencing } }: NodeSeen): string {
  if (fencing?.configured && (fencing.device === "broken" || fencing.order?.result === "failed"))
    return `make sure that ${fencing.target} is off, then on ${name}: sudo /usr/lib/sip-ha/engine fence-confirm ${fencing.target}; ${name} has the group within half a minute`;
  return `take it on ${name}: sudo /usr/lib/sip-ha/engine takeover`;
}

function silentNodes(plan: ClusterPlan, hosts: readonly HostSeen[]): Finding {
  const bastion = hosts.find(({ role }) => role === "bastion");
  if (bastion?.found.kind !== "silent" || plan.hosts.kind !== "lab")
    return down("no node answers", "switch the nodes on, then look again");
  const where = `127.0.0.1:${plan.hosts.sshPort} (${bastion.found.said})`;
  return down(`the bastion does not answer at ${where}, so nothing is known of the nodes`, powerOn(bastion));
}

/** What the node that serves lacks. */
function activeFindings(plan: ClusterPlan, { name, report }: NodeSeen): readonly Finding[] {
  const log = (unit: string): string =>
    `look at \`journalctl -u ${unit}\` on ${name}; \`npm run switchover\` moves the group`;
  const findings: Finding[] = [];
  if (!holdsFloatingIp(plan, report)) {
    findings.push(down(`${name} is active without the floating IP ${plan.floatingIp.address}`, log("heartbeat")));
  }
  if (report.route.length === 0) {
    findings.push(down(`${name} is active without a default route`, log("heartbeat")));
  }
  for (const part of serving(plan)) {
    const state = report.units[`sip-ha-${part}`] ?? "unknown";
    if (state !== "active") findings.push(down(`the ${part} on ${name} is ${state}`, log(`sip-ha-${part}`)));
    else if (report[part] !== "ok") {
      findings.push(down(`the ${part} on ${name} does not answer: ${report[part]}`, log(`sip-ha-${part}`)));
    }
  }
  return [...findings, ...heartbeatFindings(name, report)];
}

/** What of the group answers requests. */
function serving(plan: ClusterPlan): readonly ("proxy" | "relay")[] {
  return groupOf(plan).filter((resource) => resource === "proxy" || resource === "relay");
}

/** A standby must be ready, and hold nothing of the group. */
function standbyFindings({ name, report }: NodeSeen): readonly Finding[] {
  const held = [
    ...report.addresses.map((address) => `the public address ${address}`),
    ...report.route.map(() => "a default route"),
    ...(["proxy", "relay"] as const)
      .filter((part) => report.units[`sip-ha-${part}`] === "active")
      .map((part) => `a running ${part}`),
  ];
  const findings = heartbeatFindings(name, report);
  const moves = report.owner?.role === "transition" || groupIsComing(report.supervision);
  if (held.length === 0 || moves) return findings;
  const fix = `restart heartbeat on ${name}: what the group leaves behind is dropped then`;
  return [...findings, degraded(`${name} is not active but has ${held.join(", ")}`, fix)];
}

function heartbeatFindings(name: string, report: NodeReport): readonly Finding[] {
  if (report.owner?.role === "maintenance") {
    const fix = `\`npm run maintenance -- off ${name}\` when the work is done`;
    return [degraded(`${name} is in maintenance: there is no failover`, fix)];
  }
  const state = report.units["heartbeat"] ?? "unknown";
  if (state === "active") return [];
  return [
    degraded(
      `heartbeat on ${name} is ${state}: there is no failover`,
      `look at \`journalctl -u heartbeat\` on ${name}, then \`systemctl start heartbeat\``,
    ),
  ];
}

/** Paths of a node that has a living peer; a dead peer is told once, not once per path. */
function pathFindings(plan: ClusterPlan, { name, report }: NodeSeen): readonly Finding[] {
  const dead = (report.paths ?? []).filter(({ status }) => status !== "up");
  if (dead.length === 0) return [];
  const links = dead.map(({ peer, link }) => `${pathName(plan, link)} from ${peer}`).join(", ");
  const left = (report.paths ?? []).filter(({ status }) => status === "up").map(({ link }) => pathName(plan, link));
  const rest = left.length > 0 ? `; failover depends on ${left.join(", ")} alone` : "";
  return [
    degraded(
      `${name} hears nothing on ${links}${rest}`,
      "check the peer, and cable, switch and addresses of that network",
    ),
  ];
}

/** `public (eth1)`: the network in the words of the stack file, and the card. */
function pathName({ heartbeatPaths }: ClusterPlan, link: string): string {
  const path = heartbeatPaths.find((candidate) => candidate.interface === link);
  return path ? `${path.network} (${link})` : link;
}
