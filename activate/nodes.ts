import { all, eventually, messageOf } from "../remote/eventually.ts";
import { engine, type OwnerView, type Release, release } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import type { ActivationInput } from "./input.ts";
import { type Course, decide, type NodeState, sameRelease, touchesService } from "./decide.ts";
import type { Progress } from "./progress.ts";

/** A node, the release it shall have, and the way to it. */
export interface Node {
  readonly session: Session;
  readonly wanted: NodeState["wanted"];
}

/** Both daemons of the group answer within this time after a start, or the new configuration is given up. */
const HEALTHY_WITHIN_MS = 10_000;

/**
 * Changes the nodes of the group: all at once while nobody is active, else standby first and one switchover.
 * @throws when a step fails; the group then stays where it was, and what the standby had before is put back.
 */
export async function activateNodes(nodes: readonly Node[], input: ActivationInput, progress: Progress): Promise<void> {
  const states = await all(nodes.map(readState));
  const course = decide(states);
  switch (course.kind) {
    case "refuse":
      throw new Error(`activation refused, nothing was changed: ${course.why}`);
    case "nothing":
      progress.say("every node already has this release in service");
      return;
    case "install":
      await installAll(nodes, course.nodes, input, progress);
      return;
    case "roll":
      await roll(nodes, course, progress);
      return;
  }
}

async function readState({ session, wanted }: Node): Promise<NodeState> {
  const current = await release.current(session);
  const view = current ? await engine.owner(session) : undefined;
  const owed = await release.owed(session);
  return { name: session.name, current, wanted, owed, view };
}

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
  await all(nodes.map(({ session }, index) => startEngine(session, startVerb(effects[index] ?? []), progress)));
  await all(nodes.map(({ session }) => release.applied(session)));
  // Heartbeat waits initdead for a peer that never came, and then a moment more to start the group.
  const withinMs = plan.timing.initdeadMs + HEALTHY_WITHIN_MS;
  const settledMs = plan.timing.initdeadMs + plan.timing.deadtimeMs;
  const owner = await progress.step("cluster", "one node owns the group", () =>
    awaitOwner(
      nodes.map(({ session }) => session),
      { withinMs, claimAfterMs: settledMs },
    ),
  );
  await awaitHealthy(owner, HEALTHY_WITHIN_MS, progress);
}

/** Packages, proof, files: everything short of a restart. Answers what has to be restarted. */
async function putInPlace({ session, wanted }: Node, progress: Progress): Promise<readonly string[]> {
  await progress.step(session.name, "install packages", () => release.installPackages(session, wanted));
  await progress.step(session.name, "trial start of the new configuration", () => release.prove(session, wanted));
  return release.swap(session, wanted);
}

async function roll(
  nodes: readonly Node[],
  course: Extract<Course, { kind: "roll" }>,
  progress: Progress,
): Promise<void> {
  const active = pick(nodes, course.active);
  const standby = pick(nodes, course.standby);
  const effects = await changeStandby(standby, active, progress);
  if (!course.changed.includes(course.active)) return;
  // A standby that an interrupted run has changed does not tell any more what the change touches.
  const known = course.changed.includes(course.standby);
  if (known && !touchesService(effects)) {
    await putInPlace(active, progress);
    await release.applied(active.session);
    return;
  }
  await switchOver(active.session, standby.session, progress);
  await changeStandby(active, standby, progress);
}

/** Changes the node that serves nobody; when a step fails it gets back what it had. Answers what the change touches. */
async function changeStandby(standby: Node, active: Node, progress: Progress): Promise<readonly string[]> {
  const { session } = standby;
  const before = await release.current(session);
  try {
    const effects = await putInPlace(standby, progress);
    await startEngine(session, startVerb(effects), progress);
    await awaitStandby(session, active.session);
    await release.applied(session);
    return effects;
  } catch (error) {
    const outcome = await rollBack(session, before, progress).then(
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

async function rollBack(session: Session, before: Release | undefined, progress: Progress): Promise<void> {
  const now = await release.current(session);
  if (!before || !now || sameRelease(now, before)) return;
  await progress.step(session.name, "put the previous release back", () => release.rollback(session));
  await startEngine(session, "restart", progress);
  await release.applied(session);
}

/**
 * Moves the group from one node to the other and waits until it serves there.
 * @param withinMs how long each of the two may take, in milliseconds; default 10,000
 * @throws when it does not; the group is then taken back.
 */
export async function switchOver(
  from: Session,
  to: Session,
  progress: Progress,
  withinMs = HEALTHY_WITHIN_MS,
): Promise<void> {
  try {
    await progress.step("cluster", `switchover from ${from.name} to ${to.name}`, async () => {
      await engine.standby(from);
      await awaitOwner([from, to], { withinMs, wanted: to.name });
    });
    await awaitHealthy(to, withinMs, progress);
  } catch (error) {
    const outcome = await takeBack(from, to).then(
      () => `the group was taken back: ${from.name} is active and ${to.name} is standby, each with the release it had`,
      (second: unknown) => `the group could not be taken back: ${messageOf(second)}`,
    );
    throw new Error(`${messageOf(error)}\n${outcome}; the next run starts again with what it finds`, { cause: error });
  }
}

async function takeBack(from: Session, to: Session): Promise<void> {
  await engine.takeover(from);
  await awaitOwner([from, to], { withinMs: HEALTHY_WITHIN_MS, wanted: from.name });
}

function startVerb(effects: readonly string[]): "start" | "restart" {
  return effects.includes("engine") ? "restart" : "start";
}

async function startEngine(session: Session, verb: "start" | "restart", progress: Progress): Promise<void> {
  await progress.step(session.name, `${verb} heartbeat`, () =>
    session.must(
      `${verb} heartbeat`,
      `sudo -n systemctl enable --quiet heartbeat && sudo -n systemctl ${verb} heartbeat`,
      { timeoutMs: 60_000, fix: `look at \`journalctl -u heartbeat\` on ${session.name}, then run again` },
    ),
  );
}

interface OwnerPatience {
  readonly withinMs: number;
  /** The node that shall own the group; any one by default. */
  readonly wanted?: string;
  /** Milliseconds without an owner after which the first node takes the group: Heartbeat can forget to. */
  readonly claimAfterMs?: number;
}

async function awaitOwner(nodes: readonly Session[], patience: OwnerPatience): Promise<Session> {
  let claimAt = performance.now() + (patience.claimAfterMs ?? Number.POSITIVE_INFINITY);
  return eventually(
    `${patience.wanted ?? "one node"} owns the group`,
    async () => {
      const views = await all(nodes.map((session) => engine.owner(session)));
      const owners = nodes.filter((_, index) => views[index]?.role === "active");
      const [owner] = owners;
      if (owner && owners.length === 1 && (patience.wanted ?? owner.name) === owner.name) {
        return { met: true, value: owner };
      }
      if (owners.length === 0 && performance.now() > claimAt) {
        claimAt = Number.POSITIVE_INFINITY;
        const [first] = nodes;
        if (first) await engine.takeover(first);
      }
      return { met: false, seen: views.map(describe).join(", ") };
    },
    { withinMs: patience.withinMs, everyMs: 200 },
  );
}

async function awaitHealthy(active: Session, withinMs: number, progress: Progress): Promise<void> {
  await progress.step(active.name, "proxy and relay answer", () =>
    eventually(
      `${active.name} serves calls`,
      async () => {
        const failing: string[] = [];
        for (const agent of ["proxy", "relay"]) {
          const result = await active.run(
            `sudo -n OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/sip-ha/${agent} monitor`,
          );
          if (result.code !== 0) failing.push(`${agent} monitor exits ${result.code}: ${result.stderr.trim()}`);
        }
        return failing.length === 0 ? { met: true, value: undefined } : { met: false, seen: failing.join("; ") };
      },
      { withinMs, everyMs: 200 },
    ),
  );
}

async function awaitStandby(standby: Session, active: Session): Promise<void> {
  await eventually(
    `${active.name} sees ${standby.name} as its standby`,
    async () => {
      const [view, peers] = await Promise.all([engine.owner(standby), engine.peers(active)]);
      const alive = peers.some(({ node, status }) => node === standby.name && (status === "active" || status === "up"));
      if (alive && view.role === "standby") return { met: true, value: undefined };
      return { met: false, seen: `${describe(view)}; peers of ${active.name}: ${JSON.stringify(peers)}` };
    },
    { withinMs: 30_000, everyMs: 200 },
  );
}

function describe(view: OwnerView): string {
  return `${view.self} is ${view.role}`;
}

function pick(nodes: readonly Node[], name: string): Node {
  const node = nodes.find(({ session }) => session.name === name);
  if (!node) throw new Error(`no session for node ${name}`);
  return node;
}
