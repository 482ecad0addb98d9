import type { Session } from "../../remote/session.ts";

const UNIT = "sip-ha-verify-isolate.service";
/** The order is answered before nobody is reached any more. */
const DELAY_MS = 500;

/** Cables of a node that are pulled; they are put back by themselves. */
export interface Isolation {
  /** When they were pulled and when they are put back, in seconds since 1970. */
  readonly since: number;
  readonly until: number;
}

/** Pulls a node's cables for so many seconds, at most 120: also those by which it is reached. */
export async function isolate(session: Session, cards: readonly string[], seconds: number): Promise<Isolation> {
  const program = `/usr/lib/sip-ha/verify/isolate ${seconds} ${cards.join(" ")}`;
  await session.must(
    `pull ${cards.join(" and ")}`,
    `sudo -n systemd-run --quiet --collect --unit=${UNIT} /bin/sh -c 'sleep ${DELAY_MS / 1000}; exec ${program}'`,
  );
  const since = (Date.now() + DELAY_MS) / 1000;
  return { since, until: since + seconds };
}

/** Puts the cables back now, on a node that is reached all the same; any number of times. */
export async function putBack(session: Session): Promise<void> {
  await session.run(`sudo -n systemctl stop ${UNIT}`);
}
