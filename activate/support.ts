import type { HostRole } from "../config/plan.ts";
import { isMendable } from "../remote/drift.ts";
import { all } from "../remote/eventually.ts";
import { type Release, release } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import { sameRelease } from "./decide.ts";
import { applyFirewall } from "./firewall.ts";
import type { Progress } from "./progress.ts";

/** Installs and takes into service what a host outside the group shall have. Running it again changes nothing. */
export async function bringUp(session: Session, wanted: Release, progress: Progress): Promise<void> {
  const current = await release.current(session);
  if (sameRelease(current, wanted) && !(await differs(session, current))) return;
  if (wanted.bundle !== "") {
    await progress.step(session.name, "install packages", () => release.installPackages(session, wanted));
  }
  await release.swap(session, wanted);
  await applyFirewall(session, progress);
  if (session.host.role === "database") {
    const step = "start the database with its schema and accounts";
    await progress.step(session.name, step, () => session.must(step, "sudo -n /usr/lib/sip-ha/database-apply"));
    // also where there is none any more: then it is stopped
    await session.must("start or stop Redis", "sudo -n /usr/lib/sip-ha/redis-apply");
  }
  if (session.host.role === "fence") {
    const step = "start the fencing device";
    await progress.step(session.name, step, () => session.must(step, "sudo -n /usr/lib/sip-ha/fence-apply"));
  }
  await release.applied(session);
}

/** When every node has the wanted release: nobody needs an account of another generation any more. */
export async function dropOldAccounts(sessions: readonly Session[]): Promise<void> {
  const databases = sessions.filter(({ host }) => host.role === "database");
  await all(
    databases.map((session) => session.must("drop old accounts", "sudo -n /usr/lib/sip-ha/database-apply drop")),
  );
}

async function differs(session: Session, current: Release | undefined): Promise<boolean> {
  const drift = await release.drift(session, current);
  return drift?.some(isMendable) === true;
}

/** Hosts outside the group, in the order in which others need them. */
export const SUPPORT_ROLES = ["bastion", "database", "caller", "fence"] as const satisfies HostRole[];
