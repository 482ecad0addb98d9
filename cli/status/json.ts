import type { ClusterStatus } from "./collect.ts";
import { holdsFloatingIp } from "./judge.ts";
import { releaseName } from "./render.ts";
import type { HostReport } from "./report.ts";
import type { Found, HostSeen } from "./seen.ts";

/** The same as the screen, for programs; without a newline at the end. */
export function statusJson(status: ClusterStatus): string {
  const { plan, at, tookMs, hosts, verdict } = status;
  const summary = {
    stack: plan.stack,
    time: at.toISOString(),
    tookMs,
    verdict: verdict.level,
    findings: verdict.findings,
    active: verdict.active ?? null,
    floatingIp: { address: plan.floatingIp.address, holders: holders(status) },
    ...(plan.sip.tls ? { certificate: { validUntil: plan.sip.tls.validUntil } } : {}),
    hosts: hosts.map(hostJson),
  };
  return JSON.stringify(summary, undefined, 2);
}

function holders({ plan, hosts }: ClusterStatus): string[] {
  return hosts
    .filter(
      ({ found }) => found.kind === "report" && found.report.role === "node" && holdsFloatingIp(plan, found.report),
    )
    .map(({ name }) => name);
}

function hostJson({ name, role, privateAddress, found }: HostSeen): unknown {
  return { name, role, privateAddress, ...foundJson(found) };
}

function foundJson(found: Found): object {
  switch (found.kind) {
    case "report":
      return { answers: true, ...reportJson(found.report) };
    case "answers":
      return { answers: true };
    case "bare":
      return { answers: true, said: found.said };
    case "silent":
      return { answers: false, said: found.said };
  }
}

/** Without the checksums of single files, some of which hold secrets. */
function reportJson(report: HostReport): object {
  const common = { release: releaseName(report), clock: report.clock ?? null };
  switch (report.role) {
    case "node":
      return {
        ...common,
        engine: {
          owner: report.owner ?? null,
          peers: report.peers ?? null,
          paths: report.paths ?? null,
          fencing: report.fencing ?? null,
        },
        publicAddresses: report.addresses,
        defaultRoutes: report.route,
        units: report.units,
        ...(report.supervision === undefined ? {} : { supervision: report.supervision }),
        proxyAnswers: report.proxy === "ok",
        ...(report.relay === undefined ? {} : { relayAnswers: report.relay === "ok" }),
        ...(report.relayStore === undefined ? {} : { relayStore: report.relayStore }),
        ...(report.mediaServers === undefined ? {} : { mediaServers: Object.fromEntries(report.mediaServers) }),
        databaseReachable: report.database === "ok",
      };
    case "database":
      return { ...common, units: report.units, rows: "said" in report.rows ? null : report.rows };
    case "bastion":
    case "caller":
    case "fence":
    case "router":
      return common;
  }
}
