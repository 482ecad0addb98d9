import { createHash } from "node:crypto";
import { certificateLines } from "./certificate.ts";
import type { ClusterStatus } from "./collect.ts";
import { fencingWords } from "./judgeFencing.ts";
import { holdsFloatingIp, type Level } from "./judge.ts";
import type { Clock } from "../../remote/clock.ts";
import type { DatabaseReport, HostReport, NodeReport } from "./report.ts";
import { type HostSeen, reportingNodes } from "./seen.ts";
import { supervisionWords } from "./supervision.ts";

const COLOURS: Readonly<Record<Level, number>> = { healthy: 32, degraded: 33, down: 31 };

/** One screen for people; ends with a newline. Colour only where a terminal shows it and NO_COLOR is not set. */
export function renderStatus(status: ClusterStatus, colour = wantsColour()): string {
  const { plan, verdict, hosts, at } = status;
  const paint = (level: Level, text: string): string => (colour ? `\x1b[${COLOURS[level]}m${text}\x1b[0m` : text);
  const lines = [
    `${plan.stack}  ${plan.sip.domain}  ${at.toISOString().slice(0, 19)}Z  (asked in ${status.tookMs} ms)`,
    "",
    activeLine(status),
    databaseLine(hosts),
    ...certificateLines(plan, at),
    "",
    ...table(nodeTable(status)),
    "",
    ...table(otherHosts(hosts)),
    "",
    paint(verdict.level, verdictLine(status)),
    ...verdict.findings.flatMap(({ level, what, fix }) => [paint(level, `  - ${what}`), `    ${fix}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function wantsColour(): boolean {
  return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}

function verdictLine({ verdict }: ClusterStatus): string {
  const [first, ...others] = verdict.findings;
  if (!first) return "healthy";
  return `${verdict.level}: ${first.what}${others.length > 0 ? ` (and ${others.length} more)` : ""}`;
}

function activeLine({ plan, hosts, verdict, at }: ClusterStatus): string {
  const { active } = verdict;
  const nodes = reportingNodes(hosts);
  const holders = nodes.filter(({ report }) => holdsFloatingIp(plan, report)).map(({ name }) => name);
  if (active === undefined) return `active    ${holders.join(" and ") || (nodes.length > 0 ? "none" : "unknown")}`;
  const since = nodeReport(hosts.find(({ name }) => name === active))?.owner?.since;
  const age = since ? `, since ${since} (${duration(at.getTime() - Date.parse(since))})` : "";
  return `active    ${active}, with ${plan.floatingIp.address}${age}`;
}

function databaseLine(hosts: readonly HostSeen[]): string {
  const host = hosts.find(({ role }) => role === "database");
  const report = host?.found.kind === "report" && host.found.report.role === "database" ? host.found.report : undefined;
  return `database  ${host?.name ?? "none"}${report ? `: ${databaseWords(report)}` : ": unknown"}`;
}

function databaseWords({ units, rows }: DatabaseReport): string {
  if ("said" in rows) return `${units["mariadb"] ?? "unknown"}, does not answer`;
  return `up, ${rows.calls} calls, ${rows.contacts} contacts, ${rows.subscribers} subscribers`;
}

/** `3 d 4 h`, `2 h 5 min`, `9 min 50 s`, `12 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const parts = units.map(([unit, size], index) => {
    const larger = units[index - 1]?.[1] ?? Number.POSITIVE_INFINITY;
    return { unit, count: Math.floor((seconds % larger) / size) };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ unit, count }) => `${count} ${unit}`).join(" ");
}

/** One column per node, so that what differs between them stands side by side. */
function nodeTable({ plan, hosts }: ClusterStatus): string[][] {
  const nodes = hosts.filter(({ role }) => role === "node");
  const row = (name: string, cell: (report: NodeReport) => string): string[] => [
    name,
    ...nodes.map((node) => {
      const report = nodeReport(node);
      return report ? cell(report) : "?";
    }),
  ];
  return [
    ["", ...nodes.map(({ name }) => name)],
    ["", ...nodes.map(({ found }) => (found.kind === "report" ? "" : "does not tell"))],
    row("role", ({ owner }) => owner?.role ?? "unknown"),
    row("heartbeat", ({ units }) => units["heartbeat"] ?? "unknown"),
    row("peer", ({ peers }) => list(peers?.map(({ node, status }) => `${node} ${status}`))),
    row("paths", ({ paths }) => list(paths?.map(({ link, status }) => `${link} ${status}`))),
    ...(plan.fencing.kind === "none" ? [] : [row("fencing", (report) => fencingWords(report))]),
    row("floating IP", (report) => (holdsFloatingIp(plan, report) ? plan.floatingIp.address : "-")),
    row("default route", ({ route }) =>
      list(route.map((text) => text.replace(/^default /, "").split(" dev ")[0] ?? "")),
    ),
    row("proxy", ({ units, proxy }) => partWords(units["sip-ha-proxy"], proxy)),
    ...(plan.relay === "none"
      ? []
      : [row("relay", ({ units, relay }) => partWords(units["sip-ha-relay"], relay ?? ""))]),
    ...(plan.redis ? [row("kept calls", ({ relayStore }) => relayStore ?? "unknown")] : []),
    ...(nodes.some((node) => nodeReport(node)?.supervision)
      ? [row("supervision", ({ supervision }) => (supervision ? supervisionWords(supervision) : "unknown"))]
      : []),
    ...(plan.mediaServers.length > 0 ? [row("media servers", ({ mediaServers }) => mediaWords(mediaServers))] : []),
    row("database", ({ database }) => (database === "ok" ? "reachable" : "not reachable")),
    row("clock", ({ clock }) => clockWords(clock)),
    row("release", releaseName),
  ].filter((cells) => cells.some((cell) => cell !== ""));
}

function otherHosts(hosts: readonly HostSeen[]): string[][] {
  const others = hosts.filter(({ role }) => role !== "node");
  return [
    ["", "role", "address", "state", "clock", "release"],
    ...others.map(({ name, role, privateAddress, found }) => {
      const own = found.kind === "report" ? [clockWords(found.report.clock), releaseName(found.report)] : ["-", "-"];
      return [name, role, privateAddress, found.kind === "silent" ? "does not answer" : "up", ...own];
    }),
  ];
}

export function nodeReport(host: HostSeen | undefined): NodeReport | undefined {
  return host?.found.kind === "report" && host.found.report.role === "node" ? host.found.report : undefined;
}

/** How many media servers get calls; only the node whose proxy runs knows. */
function mediaWords(servers: ReadonlyMap<string, string> | undefined): string {
  if (servers === undefined || servers.size === 0) return "-";
  const alive = [...servers.values()].filter((state) => state !== "down").length;
  return `${alive} of ${servers.size} up`;
}

function partWords(state = "unknown", probe: string): string {
  if (state === "inactive") return "stopped";
  if (state !== "active") return state;
  return probe === "ok" ? "answers" : "does not answer";
}

export function clockWords(clock: Clock | undefined): string {
  if (!clock) return "unknown";
  if (!clock.synchronised) return "not synchronised";
  return `${clock.offsetMs < 0 ? "" : "+"}${clock.offsetMs.toFixed(3)} ms`;
}

/** A short name for packages and files in service; equal on nodes that are equal. Files with secrets do not enter it. */
export function releaseName({ bundle, files }: HostReport): string {
  if (files.size === 0) return "none";
  const lines = [...files].map(([path, sum]) => `${path} ${sum}`);
  return createHash("sha256")
    .update([bundle, ...lines.sort()].join("\n"))
    .digest("hex")
    .slice(0, 8);
}

function list(words: readonly string[] | undefined): string {
  if (!words) return "unknown";
  return words.length > 0 ? words.join(", ") : "-";
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
