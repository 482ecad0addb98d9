import { setTimeout as delay } from "node:timers/promises";
import { HostStepError } from "../remote/errors.ts";
import { messageOf } from "../remote/eventually.ts";
import { firewall } from "../remote/programs.ts";
import { BastionPool, openSession, type Session } from "../remote/session.ts";
import type { Progress } from "./progress.ts";

/** Seconds after which a host puts its former rules back, unless the new ones were confirmed. */
const CONFIRM_WITHIN_SEC = 30;

/** Milliseconds that a new connection may take; far less than the time above, so that the host is put right at once. */
const NEW_CONNECTION_WITHIN_MS = 15_000;

/**
 * Takes the rules of the release in place into force. They stay only if a new connection, all the way through the bastion,
 * comes in under them.
 *
 * @throws HostStepError when none does; the former rules are in force again then, or will be within the time above
 */
export async function applyFirewall(
  session: Session,
  progress: Progress,
  withinMs = NEW_CONNECTION_WITHIN_MS,
): Promise<void> {
  if (!(await firewall.apply(session, CONFIRM_WITHIN_SEC))) return;
  await progress.step(session.name, "firewall, proven by a new connection", async () => {
    try {
      await confirmAnew(session, withinMs);
    } catch (error) {
      throw await unconfirmed(session, error);
    }
  });
}

async function confirmAnew({ host }: Session, withinMs: number): Promise<void> {
  const bastions = new BastionPool();
  const answered = new AbortController();
  const late = delay(withinMs, undefined, { signal: answered.signal }).then(() => {
    throw new Error(`no answer to a new connection within ${withinMs / 1000} s`);
  });
  const confirmed = openSession(host, bastions).then((fresh) =>
    firewall.confirm(fresh).finally(() => {
      fresh.close();
    }),
  );
  try {
    await Promise.race([confirmed, late]);
  } finally {
    answered.abort();
    await bastions.close();
  }
}

/** The connection from before usually still works, and need not wait for the host. */
async function unconfirmed(session: Session, error: unknown): Promise<HostStepError> {
  const outcome = await firewall.rollback(session).then(
    () => "the former rules are in force again",
    () => `the host puts its former rules back within ${CONFIRM_WITHIN_SEC} s by itself`,
  );
  return new HostStepError({
    host: session.name,
    step: "come in under the new firewall",
    said: messageOf(error),
    fix: `${outcome}; add the network that SSH comes from to \`firewall.ssh\` in the stack file, then run again`,
    retry: false,
  });
}
