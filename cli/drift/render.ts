import type { HostDrift } from "./collect.ts";

/** What drifted, host by host, differences of files as unified diffs; empty when nothing did. */
export function driftText(hosts: readonly HostDrift[]): string {
  return hosts.flatMap(hostLines).join("");
}

function hostLines(drift: HostDrift): readonly string[] {
  if ("silent" in drift) return [`${drift.host}: could not be asked: ${drift.silent}\n`];
  return drift.found.flatMap(({ kind, subject, detail, diff }) => [
    `${drift.host}: ${kind} ${subject}: ${detail}\n`,
    ...diff.map((line) => `    ${line}\n`),
  ]);
}

/** Whether anything differs from what was activated. */
export function hasDrifted(hosts: readonly HostDrift[]): boolean {
  return hosts.some((drift) => "found" in drift && drift.found.length > 0);
}

/** Hosts that could not be asked: nothing is known of them. */
export function silentHosts(hosts: readonly HostDrift[]): readonly string[] {
  return hosts.flatMap((drift) => ("silent" in drift ? [drift.host] : []));
}
