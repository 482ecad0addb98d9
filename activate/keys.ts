/** A key by its number in `authkeys` and the sum of it. */
export interface Key {
  readonly number: number;
  readonly sum: string;
}

/** What a node knows of Heartbeat's keys. */
export interface KeyState {
  readonly name: string;
  /** Number of the key that it signs with, and takes messages with. */
  readonly signs: number;
  readonly keys: readonly Key[];
  /** Its Heartbeat is kept from running while the key is changed. */
  readonly held: boolean;
}

/** The key that all nodes shall have in the end, and the sum of the one before it; empty for a first one. */
export interface WantedKey {
  readonly key: Key;
  readonly follows: string;
}

/**
 * One change on one node. `accept`: it knows the new key, too. `hold`: its Heartbeat is stopped and stays so. `sign`: it
 * signs with the new key. `release`: its Heartbeat is started. `drop`: it forgets every other key.
 */
export interface KeyStep {
  readonly node: string;
  readonly what: "accept" | "hold" | "sign" | "release" | "drop";
}

/**
 * The way from whatever an earlier run left to one key on both nodes, the standby first in each part. Heartbeat hears
 * nobody who signs otherwise, so the key that is signed with changes only while the standby's is stopped.
 *
 * @returns no steps when there is nothing to change
 */
export function keySteps(standby: KeyState, active: KeyState, { key }: WantedKey): readonly KeyStep[] {
  const nodes = [standby, active];
  const on = (what: KeyStep["what"], which: (node: KeyState) => boolean): readonly KeyStep[] =>
    nodes.filter(which).map(({ name }) => ({ node: name, what }));
  const other = ({ signs }: KeyState): boolean => signs !== key.number;
  const moving = nodes.some(other);
  return [
    ...on("accept", ({ keys }) => !keys.some((known) => same(known, key))),
    ...on("hold", (node) => node === standby && moving && !node.held),
    ...on("sign", other),
    ...on("release", (node) => node === standby && (moving || node.held)),
    ...on("drop", ({ keys }) => keys.length > 1 || !keys.every((known) => same(known, key))),
  ];
}

/**
 * Why a key is none that these nodes may change to: it has to be one that each knows, or to follow one.
 *
 * @returns undefined when it may
 */
export function keyRefusal(nodes: readonly KeyState[], { key, follows }: WantedKey): string | undefined {
  const strangers = nodes.filter(
    ({ keys }) => !keys.some((known) => same(known, key) || (known.sum === follows && known.number !== key.number)),
  );
  if (strangers.length === 0) return undefined;
  return (
    `the key in /etc/ha.d/authkeys that is wanted is neither the one that ${strangers.map(({ name }) => name).join(" and ")} ` +
    "has nor the generation after it, so the nodes would not hear each other and both be active; deploy with the state " +
    "that this cluster was made with, let `generations.heartbeat` rise by one at a time, or stop heartbeat on both nodes and run again"
  );
}

function same(a: Key, b: Key): boolean {
  return a.number === b.number && a.sum === b.sum;
}
