import { all, eventually, messageOf } from "../remote/eventually.ts";
import { engine, type OwnerView } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import type { Progress } from "./progress.ts";

/** Both daemons of the group answer within this time after a start, or the new configuration is given up. */
export const HEALTHY_WITHIN_MS = 10_000;

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

export function startVerb(effects: readonly string[]): "start" | "restart" {
  return effects.includes("engine") ? "restart" : "start";
}

export async function startEngine(session: Session, verb: "start" | "restart", progress: Progress): Promise<void> {
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

export async function awaitOwner(nodes: readonly Session[], patience: OwnerPatience): Promise<Session> {
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

export async function awaitHealthy(active: Session, withinMs: number, progress: Progress): Promise<void> {
  await progress.step(active.name, "proxy and relay answer", () =>
    eventually(
      `${active.name} serves calls`,
      async () => {
        const failing: string[] = [];
        for (const agent of ["proxy", "relay"]) {
          const path = `/usr/lib/ocf/resource.d/sip-ha/${agent}`;
          // a group without a relay has no agent for one
          const ifThere = agent === "relay" ? `[ ! -e ${path} ] || ` : "";
          const result = await active.run(`${ifThere}sudo -n OCF_ROOT=/usr/lib/ocf ${path} monitor`);
          if (result.code !== 0) failing.push(`${agent} monitor exits ${result.code}: ${result.stderr.trim()}`);
        }
        return failing.length === 0 ? { met: true, value: undefined } : { met: false, seen: failing.join("; ") };
      },
      { withinMs, everyMs: 200 },
    ),
  );
}

export async function awaitStandby(standby: Session, active: Session, withinMs = 30_000): Promise<void> {
  await eventually(
    `${active.name} sees ${standby.name} as its standby`,
    async () => {
      const [view, peers, moving] = await Promise.all([
        engine.owner(standby),
        engine.peers(active),
        engine.inTransition(active),
      ]);
      if (moving) return { met: false, seen: `Heartbeat on ${active.name} still takes notice of ${standby.name}` };
      const alive = peers.some(({ node, status }) => node === standby.name && (status === "active" || status === "up"));
      if (alive && view.role === "standby") return { met: true, value: undefined };
      return { met: false, seen: `${describe(view)}; peers of ${active.name}: ${JSON.stringify(peers)}` };
    },
    { withinMs, everyMs: 200 },
  );
}

function describe(view: OwnerView): string {
  return `${view.self} is ${view.role}`;
}
