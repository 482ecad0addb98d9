import { all, eventually, messageOf } from "../remote/eventually.ts";
import { authkeys, engine, release } from "../remote/programs.ts";
import { awaitStandby } from "./group.ts";
import { type KeyState, type KeyStep, keyRefusal, keySteps } from "./keys.ts";
import type { Node } from "./nodes.ts";
import type { Progress } from "./progress.ts";

const WORDS = {
  accept: "know the new key of Heartbeat beside the old one",
  hold: "stop heartbeat, since nodes that sign differently do not hear each other",
  sign: "sign with the new key of Heartbeat",
  release: "start heartbeat with the new key",
  drop: "forget the old key of Heartbeat",
} as const satisfies Record<KeyStep["what"], string>;

/**
 * Asked before anything is changed: a standby that is started with another key hears nobody, and takes a group that is well.
 *
 * @throws Error when the wanted key is neither the one in place nor the one after it
 */
export async function refuseOtherKey(nodes: readonly Node[]): Promise<void> {
  const states = (await all(nodes.map(async (node) => ((await isRunning(node)) ? readKeys(node) : [])))).flat();
  const [first] = nodes;
  if (!first) return;
  const why = keyRefusal(states, await authkeys.wanted(first.session, first.wanted));
  if (why !== undefined) throw new Error(`activation refused, nothing was changed: ${why}`);
}

/** One whose Heartbeat is stopped gets whatever key the others have. */
async function isRunning({ session }: Node): Promise<boolean> {
  return (await release.current(session)) !== undefined && (await engine.owner(session)).role !== "stopped";
}

/** Whether its Heartbeat is kept from running by a change of keys that did not end. */
export async function isHeld({ session }: Node): Promise<boolean> {
  return (await release.maintenanceReason(session)) === "rotation";
}

/** A node that has none yet gets the new one before its Heartbeat starts. */
async function readKeys(node: Node): Promise<readonly KeyState[]> {
  const keys = await authkeys.inPlace(node.session, node.wanted);
  return keys === null ? [] : [{ name: node.session.name, ...keys, held: await isHeld(node) }];
}

/**
 * Brings both nodes to the wanted key, whatever an earlier run left: the group stays where it is, and between `hold` and
 * `release` nobody could take it over.
 *
 * @param undisturbed throws when standby and active have changed their roles
 * @throws Error with what each node has and what the next run does
 */
export async function rotateKeys(
  standby: Node,
  active: Node,
  undisturbed: () => Promise<void>,
  progress: Progress,
): Promise<void> {
  const wanted = await authkeys.wanted(active.session, active.wanted);
  const bare: KeyState = { name: standby.session.name, signs: wanted.key.number, keys: [wanted.key], held: false };
  const [found = bare] = await readKeys(standby);
  const [theirs] = await readKeys(active);
  if (!theirs) return;
  const mine = keyRefusal([found], wanted) === undefined ? found : bare;
  for (const { node, what } of keySteps(mine, theirs, wanted)) {
    const subject = node === active.session.name ? active : standby;
    await undisturbed();
    await progress
      .step(node, WORDS[what], () => take(what, subject, active))
      .catch((error: unknown) => {
        throw new Error(
          `${messageOf(error)}\n${active.session.name} is active; ${standby.session.name} ` +
            `${what === "accept" || what === "drop" ? "is its standby" : "takes no part until the next run"}; ` +
            "the next run goes on with the keys that it finds",
          { cause: error },
        );
      });
  }
}

async function take(what: KeyStep["what"], { session, wanted }: Node, active: Node): Promise<void> {
  switch (what) {
    case "hold":
      await engine.maintenance(session, "on", "rotation");
      await awaitGone(session.name, active);
      return;
    case "release":
      await engine.maintenance(session, "off", "rotation");
      // one that is not heard must not get to the end of initdead, where it would take the group
      await awaitStandby(session, active.session, RELEASED_WITHIN_MS).catch(async (error: unknown) => {
        await engine.maintenance(session, "on", "rotation");
        throw error;
      });
      return;
    default:
      await authkeys.put(session, what, wanted);
  }
}

/** Shorter than the shortest initdead, in milliseconds. */
const RELEASED_WITHIN_MS = 8000;

async function awaitGone(standby: string, active: Node): Promise<void> {
  await eventually(
    `${active.session.name} knows that ${standby} has left`,
    async () => {
      const peers = await engine.peers(active.session);
      const gone = peers.every(({ status }) => status === "dead");
      return gone ? { met: true, value: undefined } : { met: false, seen: JSON.stringify(peers) };
    },
    { withinMs: 30_000, everyMs: 200 },
  );
}
