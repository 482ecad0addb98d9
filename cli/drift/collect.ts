import type { HostAccess } from "../../components/hosts/host.ts";
import { isManaged } from "../../config/plan.ts";
import type { Connections } from "../../remote/connections.ts";
import type { Drift } from "../../remote/drift.ts";
import { HostStepError } from "../../remote/errors.ts";
import { release } from "../../remote/programs.ts";

/** What one host is not as it was activated, or why it could not be asked. */
export type HostDrift =
  { readonly host: string; readonly found: readonly Drift[] } | { readonly host: string; readonly silent: string };

/** Of a machine that was made or installed anew after the last activation. */
export const NOTHING: Drift = {
  kind: "file",
  subject: "/var/lib/sip-ha",
  detail: "nothing is on this machine yet",
  diff: [],
};

/** Asks every host that something is activated on, over one connection each; changes nothing. */
export async function collectDrift(
  hosts: readonly HostAccess[],
  connections: Connections,
): Promise<readonly HostDrift[]> {
  return Promise.all(hosts.filter(isManaged).map((host) => ask(host, connections)));
}

async function ask(host: HostAccess, connections: Connections): Promise<HostDrift> {
  try {
    return await connections.to(host, async (session) => {
      const current = await release.current(session);
      if (current === undefined) return { host: host.name, found: [NOTHING] };
      return { host: host.name, found: (await release.drift(session, current)) ?? [] };
    });
  } catch (error) {
    if (error instanceof HostStepError) return { host: host.name, silent: error.detail.said };
    throw error;
  }
}
