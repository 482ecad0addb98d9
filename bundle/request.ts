import { readPackageSources } from "../config/packageFiles.ts";
import type { ClusterPlan, HostRole } from "../config/plan.ts";
import { packagesFor, wheelsFor } from "../render/packages.ts";
import type { BundleRequest } from "./model.ts";

/**
 * What a lock is resolved for: the hosts' release, of each role its packages and wheels, and where they come from.
 *
 * @param root the project's directory, below which the stack file names keys and directories
 * @throws Error where one of them cannot be read
 */
export function bundleRequest(plan: ClusterPlan, root: string): BundleRequest {
  const each = <T>(of: (role: HostRole) => readonly T[]): Record<HostRole, T[]> => ({
    node: [...of("node")],
    database: [...of("database")],
    bastion: [...of("bastion")],
    router: [...of("router")],
    caller: [...of("caller")],
    fence: [...of("fence")],
  });
  return {
    release: plan.release,
    architecture: "amd64",
    roles: each((role) => packagesFor(role, plan)),
    wheels: each((role) => wheelsFor(role, plan)),
    sources: readPackageSources(plan, root),
  };
}
