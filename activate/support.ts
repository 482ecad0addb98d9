import type { HostRole } from "../config/plan.ts";
import { type Release, release } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import { sameRelease } from "./decide.ts";
import type { Progress } from "./progress.ts";

/** What brings a changed file of a host into use; none of these moves the group. */
const APPLY: Readonly<Record<string, { readonly step: string; readonly command: string }>> = {
  time: {
    step: "restart chrony",
    command: "sudo -n systemctl enable --quiet chrony && sudo -n systemctl restart chrony",
  },
  database: { step: "apply the database's configuration", command: "sudo -n /usr/lib/sip-ha/database-apply" },
};

/** Installs and takes into service what a host outside the group shall have. Running it again changes nothing. */
export async function bringUp(session: Session, wanted: Release, progress: Progress): Promise<void> {
  if (sameRelease(await release.current(session), wanted)) return;
  if (wanted.bundle !== "") {
    await progress.step(session.name, "install packages", () => release.installPackages(session, wanted));
  }
  const effects = await release.swap(session, wanted);
  await applyEffects(session, effects, progress);
}

/** Brings changed files into use, as far as that does not touch the group. */
export async function applyEffects(session: Session, effects: readonly string[], progress: Progress): Promise<void> {
  for (const effect of effects) {
    const action = APPLY[effect];
    if (action) await progress.step(session.name, action.step, () => session.must(action.step, action.command));
  }
}

/** Hosts outside the group, in the order in which others need them. */
export const SUPPORT_ROLES = ["bastion", "database", "caller"] as const satisfies HostRole[];
