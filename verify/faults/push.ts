import { activate } from "../../activate/activate.ts";
import type { Progress } from "../../activate/progress.ts";
import { isManaged } from "../../config/plan.ts";
import { messageOf } from "../../remote/eventually.ts";
import { type Release, release } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import type { Sessions, VerificationContext } from "../context.ts";

/** Heartbeat reads it at its start only, so putting it back takes a restart of Heartbeat on each node. */
const FILE = "/etc/ha.d/ha.cf";
const REMARK = "# a remark of the verification, which the next push removes";

/** A node that was only just switched on answers within this time. */
const REACHED_WITHIN_MS = 60_000;

/** What became of one push. */
export interface Pushed {
  /** The steps that it began, in this order. */
  readonly begun: readonly Begun[];
  /** Why it stopped; undefined when it ended well. */
  readonly refusal?: string;
}

export interface Begun {
  readonly host: string;
  readonly step: string;
}

/**
 * Pushes the releases that are in service, as the last part of `up` does: what differs from them on a host is put back, and
 * restarted as a change is.
 *
 * @param before is awaited before each step
 */
export async function push(
  { plan, sessions }: VerificationContext,
  before: (begun: Begun) => Promise<void> = () => Promise.resolve(),
): Promise<Pushed> {
  const begun: Begun[] = [];
  const progress: Progress = {
    say: () => undefined,
    step: async (host, step, action) => {
      begun.push({ host, step });
      await before({ host, step });
      return action();
    },
  };
  const input = { plan, hosts: sessions.hosts, releases: await releasesInService(sessions) };
  return activate(input, progress).then(
    () => ({ begun }),
    (error: unknown) => ({ begun, refusal: messageOf(error) }),
  );
}

async function releasesInService(sessions: Sessions): Promise<ReadonlyMap<string, Release>> {
  const found = await Promise.all(
    sessions.hosts.filter(isManaged).map(async ({ name }) => {
      const current = await release.current(await sessions.to(name));
      return current === undefined ? [] : [[name, current] as const];
    }),
  );
  return new Map(found.flat());
}

/** Lets a file of Heartbeat differ on every node from what a push brings, in a way that changes nothing. */
export async function differ({ plan, sessions }: VerificationContext): Promise<void> {
  for (const { name } of plan.nodes) {
    const session = await sessions.to(name);
    await session.must(`let ${FILE} differ`, `sudo -n sh -c 'echo "${REMARK}" >>${FILE}'`);
  }
}

/** Takes that back where no push did; any number of times. */
export async function agree({ plan, sessions }: VerificationContext): Promise<void> {
  for (const { name } of plan.nodes) {
    const session = await sessions.to(name, REACHED_WITHIN_MS);
    await session.must(
      `put ${FILE} back`,
      `if grep -qx '${REMARK}' ${FILE}; then sudo -n sed -i '/^${REMARK}$/d' ${FILE}; fi`,
    );
  }
}

/** What a node still has otherwise than its release says, or owes a restart. */
export async function differences(session: Session): Promise<readonly string[]> {
  const drift = (await release.drift(session, await release.current(session))) ?? [];
  return drift.map(({ kind, subject, detail }) => `${session.name}: ${kind} ${subject}: ${detail}`);
}
