import type { HostRole } from "../config/plan.ts";
import { packagesFor, wheelsFor } from "../render/packages.ts";
import type { BundleRequest } from "./model.ts";

/** What a lock is resolved for: the hosts' release, and of each role its packages and wheels. */
export function bundleRequest(): BundleRequest {
  const each = <T>(of: (role: HostRole) => readonly T[]): Record<HostRole, T[]> => ({
    node: [...of("node")],
    database: [...of("database")],
    bastion: [...of("bastion")],
    router: [...of("router")],
    caller: [...of("caller")],
    fence: [...of("fence")],
  });
  return { release: "bookworm", architecture: "amd64", roles: each(packagesFor), wheels: each(wheelsFor) };
}
