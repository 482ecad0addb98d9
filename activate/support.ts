import type { HostRole } from "../config/plan.ts";
import { type Release, release } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import { sameRelease } from "./decide.ts";
import type { Progress } from "./progress.ts";

/** Installs and takes into service what a host outside the group shall have. Running it again changes nothing. */
export async function bringUp(session: Session, wanted: Release, progress: Progress): Promise<void> {
  const current = await release.current(session);
  if (sameRelease(current, wanted) && (await release.owed(session)).length === 0) return;
  if (wanted.bundle !== "") {
    await progress.step(session.name, "install packages", () => release.installPackages(session, wanted));
  }
  await release.swap(session, wanted);
  if (session.host.role === "database") {
    const step = "start the database with its schema and accounts";
    await progress.step(session.name, step, () => session.must(step, "sudo -n /usr/lib/sip-ha/database-apply"));
  }
  await release.applied(session);
}

/** Hosts outside the group, in the order in which others need them. */
export const SUPPORT_ROLES = ["bastion", "database", "caller"] as const satisfies HostRole[];
