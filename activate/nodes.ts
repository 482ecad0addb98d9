import type { ClusterPlan } from "../config/plan.ts";
import { all, inTime, type Look, messageOf } from "../remote/eventually.ts";
import { inServiceOn } from "./liveChange.ts";
import { isMendable, unitsOf } from "../remote/drift.ts";
import { engine, proxy, type Release, release } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import type { ActivationInput } from "./input.ts";
import { type Course, decide, isSettled, type NodeState, sameRelease, touchesService } from "./decide.ts";
import { applyFirewall } from "./firewall.ts";
import { awaitGone, endCalls, leavingAddress, refuseTaken } from "./floatingIp.ts";
import {
  awaitHealthy,
  awaitOwner,
  awaitStandby,
  HEALTHY_WITHIN_MS,
  startEngine,
  startVerb,
  switchOver,
} from "./group.ts";
import type { Progress } from "./progress.ts";
import { isHeld, rotateKeys } from "./rotation.ts";

/** A node, the release it shall have, and the way to it. */
export interface Node {
  readonly session: Session;
  readonly wanted: NodeState["wanted"];
}

/**
 * Changes the nodes of the group: all at once while nobody is active, else standby first and one switchover.
 * @throws when a step fails; the group then stays where it was, and what the standby had before is put back.
 */
export async function activateNodes(nodes: readonly Node[], input: ActivationInput, progress: Progress): Promise<void> {
  const states = await settledStates(nodes);
  const course = decide(states);
  if (course.kind === "refuse") throw new Error(`activation refused, nothing was changed: ${course.why}`);
  await startUnits(nodes, states, progress);
  switch (course.kind) {
    case "nothing":
      progress.say("every node already has this release in service");
      return;
    case "install":
      await installAll(nodes, course.nodes, input, progress);
      return;
    case "roll":
      await rollOn(nodes, course, input, progress);
      return;
    case "join":
      await join(pick(nodes, course.standby), pick(nodes, course.active), progress);
      return;
  }
}

/** Nobody's calls depend on them, so all nodes do it at once, and the group stays where it is. */
async function startUnits(nodes: readonly Node[], states: readonly NodeState[], progress: Progress): Promise<void> {
  await all(
    nodes.map(async ({ session, wanted }, index) => {
      const units = states[index]?.units ?? [];
      if (units.length === 0) return;
      await progress.step(session.name, `what must run: ${units.join(", ")}`, () =>
        release.startUnits(session, wanted),
      );
    }),
  );
}

/** Lets a node in again whose Heartbeat somebody stopped. */
async function join({ session }: Node, active: Node, progress: Progress): Promise<void> {
  await startEngine(session, "start", progress);
  await awaitStandby(session, active.session);
}

/** A planned move has ended within this time, and a group that nobody has is taken by a watcher. */
const SETTLED_WITHIN_MS = 10_000;

/** What the nodes say once the group has an owner; of one that gets none, what they say at last. */
async function settledStates(nodes: readonly Node[]): Promise<readonly NodeState[]> {
  let states = await all(nodes.map(readState));
  if (isSettled(states)) return states;
  const look = async (): Promise<Look<undefined>> => {
    states = await all(nodes.map(readState));
    return isSettled(states) ? { met: true, value: undefined } : { met: false, seen: "no owner" };
  };
  await inTime("the group has an owner", look, { withinMs: SETTLED_WITHIN_MS });
  return states;
}

async function readState(node: Node): Promise<NodeState> {
  const { session, wanted } = node;
  const current = await release.current(session);
  const view = current ? await engine.owner(session) : undefined;
  const owed = await release.owed(session);
  const drift = (await release.drift(session, current)) ?? [];
  return {
    name: session.name,
    current,
    wanted,
    owed,
    drifted: drift.some((found) => isMendable(found) && found.kind !== "unit"),
    units: unitsOf(drift),
    held: await isHeld(node),
    view,
  };
}

/**
 * Heartbeat starts the group within this time after it has waited `initdead` for a peer. An order in that moment would
 * meet it half-way, and leave both nodes in the middle of a hand-over for an hour, in which they refuse every other.
 */
const FIRST_START_MS = 5000;

/** Nobody serves calls, so no order has to be kept: packages, proof and start on every node together. */
async function installAll(
  nodes: readonly Node[],
  changed: readonly string[],
  { plan }: ActivationInput,
  progress: Progress,
): Promise<void> {
  const effects = await all(
    nodes.map(async (node) => (changed.includes(node.session.name) ? putInPlace(node, progress) : [])),
  );
  // both have the same key by now
  for (const node of nodes) if (await isHeld(node)) await engine.maintenance(node.session, "off", "rotation");
  await all(nodes.map(({ session }, index) => startEngine(session, startVerb(effects[index] ?? []), progress)));
  await all(nodes.map(({ session }) => release.applied(session)));
  const settledMs = plan.timing.initdeadMs + plan.timing.deadtimeMs + FIRST_START_MS;
  const withinMs = settledMs + HEALTHY_WITHIN_MS;
  const owner = await progress.step("cluster", "one node owns the group", () =>
    awaitOwner(
      nodes.map(({ session }) => session),
      { withinMs, claimAfterMs: settledMs },
    ),
  );
  await awaitHealthy(owner, HEALTHY_WITHIN_MS, progress);
}

/** The step before anything of a node is replaced; takes seconds. */
export const TRIAL_START = "trial start of the new configuration";

/** The group moved, or its owner fell silent, while its standby was being changed. */
class FailoverError extends Error {}

/**
 * Asks anew who is active, since a change takes its time and a node may die meanwhile.
 *
 * @throws FailoverError when one of the two is not any more what it was; nothing is touched then
 */
async function stillStandby(standby: Session, active: Session): Promise<void> {
  const said = async (session: Session): Promise<string> => {
    // a machine that is new has no engine to ask yet
    const role = async () => ((await release.current(session)) ? (await engine.owner(session)).role : "stopped");
    return role().catch(messageOf);
  };
  const [of, other] = await all([said(standby), said(active)]);
  if ((of === "standby" || of === "stopped" || of === "maintenance") && other === "active") return;
  throw new FailoverError(
    `a failover came in between: ${active.name}, which was active, says '${other}', and ${standby.name} says '${of}'; ` +
      "neither was restarted, and nothing was rolled back; run again when both nodes are well, which takes the change up",
  );
}

/**
 * Packages, proof, files: everything short of a restart. Answers what has to be restarted.
 *
 * @param before called when everything is proven, before anything is replaced
 */
async function putInPlace(
  { session, wanted }: Node,
  progress: Progress,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly string[]> {
  await progress.step(session.name, "install packages", () => release.installPackages(session, wanted));
  await progress.step(session.name, TRIAL_START, () => release.prove(session, wanted));
  await before();
  const effects = await release.swap(session, wanted);
  await applyFirewall(session, progress);
  return effects;
}

/**
 * While the two watch different gateways, the group may move by itself to the one whose gateway answers, where it was to go
 * anyway: then the change goes on from there.
 */
async function rollOn(
  nodes: readonly Node[],
  course: Extract<Course, { kind: "roll" }>,
  input: ActivationInput,
  progress: Progress,
): Promise<void> {
  const former = (await inServiceOn(pick(nodes, course.active).session))?.floatingIp;
  try {
    await roll(nodes, course, { plan: input.plan, leaving: leavingAddress(former, input.plan) }, progress);
  } catch (error) {
    if (!(error instanceof FailoverError) || former?.gateway === input.plan.floatingIp.gateway) throw error;
    progress.say(
      `${course.active} does not see the gateway ${former?.gateway ?? ""} any more: the group has moved, and the change goes on`,
    );
    await awaitOwner(
      nodes.map(({ session }) => session),
      { withinMs: HEALTHY_WITHIN_MS },
    );
    await activateNodes(nodes, input, progress);
  }
}

async function roll(
  nodes: readonly Node[],
  course: Extract<Course, { kind: "roll" }>,
  { plan, leaving }: { readonly plan: ClusterPlan; readonly leaving: string | undefined },
  progress: Progress,
): Promise<void> {
  const active = pick(nodes, course.active);
  const standby = pick(nodes, course.standby);
  if (leaving !== undefined) await refuseTaken(standby.session, plan);
  await rotateKeys(standby, active, () => stillStandby(standby.session, active.session), progress);
  const effects = await changeStandby(standby, active, progress);
  if (!course.changed.includes(course.active)) return;
  // A standby that an interrupted run has changed does not tell any more what the change touches.
  const known = course.changed.includes(course.standby);
  if (known && !touchesService(effects)) {
    const own = await putInPlace(active, progress);
    // what only the active node had lost, or owes, is not put in use beside its calls
    if (!touchesService(own)) {
      if (own.includes("tls")) await reloadTls(active, progress);
      await release.applied(active.session);
      return;
    }
  }
  if (leaving !== undefined) await endCalls(active.session, progress);
  await switchOver(active.session, standby.session, progress);
  if (leaving !== undefined) await awaitGone([active.session, standby.session], leaving, progress);
  await changeStandby(active, standby, progress);
}

/** Connections keep what they began with; new ones get the new certificate. */
async function reloadTls({ session }: Node, progress: Progress): Promise<void> {
  await progress.step(session.name, "read certificate and key anew", () => proxy.reloadTls(session));
}

/** Changes the node that serves nobody; when a step fails it gets back what it had. Answers what the change touches. */
async function changeStandby(standby: Node, active: Node, progress: Progress): Promise<readonly string[]> {
  const { session } = standby;
  const before = await release.current(session);
  try {
    const effects = await putInPlace(standby, progress, () => stillStandby(session, active.session));
    await stillStandby(session, active.session);
    await startEngine(session, startVerb(effects), progress);
    await awaitStandby(session, active.session);
    await release.applied(session);
    return effects;
  } catch (error) {
    if (error instanceof FailoverError) throw error;
    // the active may have died while its standby was being awaited: what serves now is not restarted
    await stillStandby(session, active.session);
    const outcome = await rollBack(standby, before, progress).then(
      () => `${session.name} is standby with its previous release`,
      (second: unknown) => `${session.name} could not get its previous release back: ${messageOf(second)}`,
    );
    throw new Error(
      `${messageOf(error)}\n${active.session.name} is active and was not touched; ${outcome}; ` +
        `the next run starts again with ${session.name}`,
      { cause: error },
    );
  }
}

/** Packages as well: a standby whose daemons do not start with the new ones could take nothing over. */
async function rollBack({ session, wanted }: Node, before: Release | undefined, progress: Progress): Promise<void> {
  const now = await release.current(session);
  if (!before || !now) return;
  const restored = await release.restorePackages(session, before, wanted);
  if (restored) progress.say(`${session.name}: the packages of the previous release are back`);
  if (!sameRelease(now, before)) {
    await progress.step(session.name, "put the previous release back", () => release.rollback(session));
    await applyFirewall(session, progress);
  } else if (!restored) return;
  await startEngine(session, "restart", progress);
  await release.applied(session);
}

function pick(nodes: readonly Node[], name: string): Node {
  const node = nodes.find(({ session }) => session.name === name);
  if (!node) throw new Error(`no session for node ${name}`);
  return node;
}
