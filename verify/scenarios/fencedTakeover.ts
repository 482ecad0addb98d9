import { eventually } from "../../remote/eventually.ts";
import { engine, type FencingView } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import type { FaultTools } from "../context.ts";
import { fencingBounds } from "../bounds/fencingBounds.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import type { Turn } from "../catalogue/entry.ts";
import { backAsStandby } from "./comeBack.ts";
import { divideOutage } from "./moved.ts";
import {
  callAgain,
  invariants,
  lastWithout,
  Measuring,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import { runScenario } from "./scenario.ts";

/** Far above the bounds: a late takeover shall be measured, not cut off. */
const GIVE_UP_MS = 60_000;

/** What makes the active node fall silent while it may still be there. */
export interface Strike {
  readonly title: string;
  readonly step: string;
  /** Resolves when it has happened, with that moment in seconds since 1970. */
  readonly begin: () => Promise<number>;
  /** Nothing of the node runs from then on, so it serves nobody; else it may until it is shot. */
  readonly mute?: true;
  /** Undoes what the death of the node did not undo. */
  readonly end: () => Promise<void>;
}

/** The active node falls silent: it is shot, the other one takes over, and the shot one returns as standby. */
export async function fencedTakeover(tools: FaultTools, turn: Turn, strike: Strike): Promise<ScenarioReport> {
  const { context } = tools;
  const { active: victim, load, restoration } = turn;
  const survivor = context.peerOf(victim);
  const measuring = new Measuring(tools);
  return runScenario(strike.title, context, async (log) => {
    try {
      const before = await births(tools);
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, victim);
      log.step(strike.step);
      restoration.add(strike.title, strike.end);
      const since = measuring.event("fault", strike.title, await strike.begin());
      context.sessions.drop(victim);
      log.step(`${victim} is shot, and ${survivor} takes over`);
      const served = await measuring.serving(survivor, since, GIVE_UP_MS);
      measuring.event("recovery", `${survivor} serves`, served);
      await callAgain(tools, log, measuring, survivor);
      const record = await measuring.finish();
      const frozen = strike.mute ? { from: since, to: lastWithout(measuring, survivor, since) } : undefined;
      const { span, notes } = probeFindings(record, since, frozen);
      await divideOutage(tools, log, measuring, { way: "death", since, from: victim, to: survivor, span });
      log.step(`${victim} comes back as standby, ${survivor} stays active, and every check passes`);
      await strike.end();
      await backAsStandby(tools, measuring, victim);
      const view = await engine.fenceStatus(await context.sessions.to(survivor));
      log.measures.push(
        ...judge(tools, { view, outageMs: milliseconds(span), shot: await shotSince(tools, before) }),
        ...(await invariants(tools, measuring, record)),
      );
      log.notes.push(...notes, registrationNote(record));
      log.timelines.push(overview(measuring));
    } finally {
      log.notes.push(...measuring.troubles);
      await measuring.stop();
    }
  });
}

interface Outcome {
  readonly view: FencingView;
  readonly outageMs: number;
  readonly shot: number;
}

function judge({ context }: FaultTools, { view, outageMs, shot }: Outcome): Measure[] {
  const { fencing, timing, verification } = context.plan;
  const order = view.configured ? view.order : null;
  if (order?.result !== "ok") throw new Error(`the survivor tells of no confirmed order: ${JSON.stringify(view)}`);
  const timeoutMs = fencing.kind === "none" ? 0 : fencing.timeoutMs;
  const bounds = fencingBounds(timing, { fenceMs: order.tookMs, timeoutMs }, verification.tolerance);
  const lookAt = "`engine events` on both nodes, and `journalctl -t fence-device` on the fence machine";
  return [
    { bound: bounds.outage, measured: outageMs, lookAt },
    { bound: bounds.shotNodes, measured: Math.abs(shot - 1), lookAt },
  ];
}

/** When each node's first process began, as the kernel counts: another one after a power cycle. */
async function births({ context }: FaultTools): Promise<ReadonlyMap<string, string>> {
  const entries = await Promise.all(
    context.plan.nodes.map(async ({ name }) => [name, await birth(await context.sessions.to(name))] as const),
  );
  return new Map(entries);
}

async function birth(session: Session): Promise<string> {
  return (await session.must("ask when the machine started", "awk '{ print $22 }' /proc/1/stat")).trim();
}

/** How many nodes were switched off and on since. */
async function shotSince(tools: FaultTools, before: ReadonlyMap<string, string>): Promise<number> {
  const now = await births(tools);
  return [...now].filter(([node, began]) => before.get(node) !== began).length;
}

/** Waits until a node tells what became of an order; seconds since 1970 of that look. */
export async function orderEnds(
  { context }: FaultTools,
  node: string,
  result: "failed" | "confirmed",
): Promise<{ readonly time: number; readonly said: string }> {
  return eventually(
    `${node} tells of an order that ended as ${result}`,
    async () => {
      const view = await engine.fenceStatus(await context.sessions.to(node));
      const order = view.configured ? view.order : null;
      if (order?.result === result) return { met: true, value: { time: Date.now() / 1000, said: order.said } };
      return { met: false, seen: JSON.stringify(view) };
    },
    { withinMs: 2 * GIVE_UP_MS, everyMs: 500 },
  );
}

/** How long the device took to confirm the last order of a node, in milliseconds; 0 in a cluster without one. */
export async function fenceTime({ context }: FaultTools, node: string): Promise<number> {
  if (context.plan.fencing.kind === "none") return 0;
  const view = await engine.fenceStatus(await context.sessions.to(node));
  return view.configured ? (view.order?.tookMs ?? 0) : 0;
}
