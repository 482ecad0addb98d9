import type { ClusterPlan, MachinePlan } from "../config/plan.ts";
import { cardFiles } from "./cards.ts";
import { clusterEnv } from "./clusterEnv.ts";
import { databaseFiles, databaseSecretFiles } from "./database.ts";
import { bmcFiles, bmcSecretFiles, fencingFiles, fencingSecretFiles } from "./fencing.ts";
import { firewallFiles } from "./firewall.ts";
import { heartbeatFiles, heartbeatSecrets } from "./heartbeat.ts";
import { kamailioFiles, kamailioSecretFiles } from "./kamailio.ts";
import { opensipsFiles, opensipsSecretFiles } from "./opensips.ts";
import { redisFiles, redisSecretFiles } from "./redis.ts";
import { relayFiles, relaySecretFiles, relayTrees } from "./relay.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { staticTree } from "./staticTree.ts";
import { sysctlFiles } from "./sysctl.ts";
import { timeFiles } from "./time.ts";
import { watcherFiles, watcherSecretFiles } from "./watcher.ts";

const PROXIES = {
  kamailio: { files: kamailioFiles, secretFiles: kamailioSecretFiles },
  opensips: { files: opensipsFiles, secretFiles: opensipsSecretFiles },
} as const;

/** Everything without secrets that belongs on a machine: static trees and generated fragments, sorted by path. */
export function renderHost(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  return sortByPath([
    ...staticTree("common"),
    ...staticTree(machine.role),
    ...(machine.name === plan.time.server ? staticTree("time-server") : []),
    clusterEnv(plan, machine),
    ...timeFiles(plan, machine),
    ...firewallFiles(plan, machine),
    ...roleFiles(plan, machine),
  ]);
}

/** The files of a machine that hold secrets, sorted by path; empty for a machine that needs none. */
export function renderHostSecrets(plan: ClusterPlan, machine: MachinePlan, secrets: ClusterSecrets): RenderedFile[] {
  return sortByPath(roleSecrets(plan, machine, secrets));
}

function roleFiles(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  switch (machine.role) {
    case "node":
      return [
        ...staticTree(`node-${plan.proxy}`),
        ...heartbeatFiles(plan, machine),
        ...PROXIES[plan.proxy].files(plan),
        ...relayTrees(plan),
        ...relayFiles(plan, machine),
        ...watcherFiles(plan),
        ...sysctlFiles(plan),
        ...cardFiles(plan),
        ...fencingFiles(plan, machine),
      ];
    case "database":
      return [...databaseFiles(plan), ...redisFiles(plan)];
    case "fence":
      return bmcFiles(plan);
    case "bastion":
    case "router":
    case "caller":
      return [];
  }
}

function roleSecrets(plan: ClusterPlan, machine: MachinePlan, secrets: ClusterSecrets): RenderedFile[] {
  switch (machine.role) {
    case "node":
      return [
        ...heartbeatSecrets(plan, secrets),
        ...PROXIES[plan.proxy].secretFiles(plan, secrets),
        ...relaySecretFiles(plan, secrets),
        ...watcherSecretFiles(plan, secrets),
        ...fencingSecretFiles(plan, secrets),
      ];
    case "database":
      return [...databaseSecretFiles(plan, secrets), ...redisSecretFiles(plan, secrets)];
    case "fence":
      return bmcSecretFiles(plan, secrets);
    case "bastion":
    case "router":
    case "caller":
      return [];
  }
}

function sortByPath(files: readonly RenderedFile[]): RenderedFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
