import type { OwnerView, Release } from "../remote/programs.ts";

/** What one node has in service, what it shall have, and what it says of the group. */
export interface NodeState {
  readonly name: string;
  readonly current: Release | undefined;
  readonly wanted: Release;
  /** What an earlier run changed and did not come to restart. */
  readonly owed: readonly string[];
  /** Whether something in place is not as it was activated, other than {@link units}. */
  readonly drifted: boolean;
  /** Units that do not run as they shall, or would not after a boot. */
  readonly units: readonly string[];
  /** Whether its Heartbeat is kept from running by a change of keys that did not end. */
  readonly held: boolean;
  /** Undefined on a node without an engine. */
  readonly view: OwnerView | undefined;
}

/**
 * The way to take.
 * `install`: nobody is active, so every node can be changed at once.
 * `roll`: one node is active: the standby is changed and proven first.
 * `join`: nothing changes but that the Heartbeat of the node that is not active is started.
 * `refuse`: changing anything now could hurt; `why` says what has to be cleared up.
 */
export type Course =
  | { readonly kind: "nothing" }
  | { readonly kind: "install"; readonly nodes: readonly string[] }
  | { readonly kind: "roll"; readonly active: string; readonly standby: string; readonly changed: readonly string[] }
  | { readonly kind: "join"; readonly active: string; readonly standby: string }
  | { readonly kind: "refuse"; readonly why: string };

/**
 * Whether the nodes say what holds: while the group goes from one node to the other, neither may have it for a moment, which
 * looks as if nobody served.
 */
export function isSettled(states: readonly NodeState[]): boolean {
  const roles = states.map(({ view }) => view?.role);
  return !roles.includes("transition") && (roles.includes("active") || !roles.includes("standby"));
}

/** Decides from what the nodes say; never both nodes of a serving cluster at once, the standby always first. */
export function decide(states: readonly NodeState[]): Course {
  const active = states.filter(({ view }) => view?.role === "active").map(({ name }) => name);
  const moving = states.filter(({ view }) => view?.role === "transition").map(({ name }) => name);
  if (active.length > 1)
    return refuse(
      `${active.join(" and ")} both hold the group (split brain); stop heartbeat on the one that serves no calls`,
    );
  if (moving.length > 0)
    return refuse(`${moving.join(" and ")} is taking or giving up the group right now; run again when it has settled`);
  const changed = states.filter(isStale).map(({ name }) => name);
  const [owner] = active;
  const away = states.filter(({ view, held }) => view?.role === "maintenance" && !held).map(({ name }) => name);
  if (away.length > 0 && changed.length > 0)
    return refuse(
      `${away.join(" and ")} is in maintenance; end it by \`npm run maintenance -- off ${away.join(" ")}\`, then run again`,
    );
  if (owner === undefined) return { kind: "install", nodes: changed };
  const idle = states.find(({ view, units }) => view?.role === "stopped" && units.includes(HEARTBEAT));
  if (changed.length === 0) return idle ? { kind: "join", active: owner, standby: idle.name } : { kind: "nothing" };
  const standby = states.find(({ name }) => name !== owner);
  if (!standby) return refuse("a cluster needs two nodes");
  return { kind: "roll", active: owner, standby: standby.name, changed };
}

const HEARTBEAT = "heartbeat";

/** A node that owes a restart does not run yet what it has in place. */
function isStale({ current, wanted, owed, drifted, held }: NodeState): boolean {
  return !sameRelease(current, wanted) || owed.length > 0 || drifted || held;
}

/** Effects that only a node without the group may go through. */
const SERVICE_EFFECTS = new Set(["proxy", "relay", "engine"]);

export function touchesService(effects: readonly string[]): boolean {
  return effects.some((effect) => SERVICE_EFFECTS.has(effect));
}

export function sameRelease(a: Release | undefined, b: Release): boolean {
  return a?.files === b.files && a.secrets === b.secrets && a.bundle === b.bundle;
}

function refuse(why: string): Course {
  return { kind: "refuse", why };
}
