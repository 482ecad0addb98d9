import type { HeartbeatPathPlan } from "../../config/plan.ts";
import { eventually } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { cutPaths, type Cut } from "../faults/cut.ts";
import { pathBounds } from "../bounds/pathBounds.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { shortCallNotes } from "./call.ts";
import { measuredScenario } from "./measured.ts";
import { callAgain, invariants, milliseconds, overview, probeFindings, registrationNote } from "./measuring.ts";

/** Far above the bound: a late alarm shall be measured, not cut off. */
const GIVE_UP_MS = 30_000;
const SETTLED_WITHIN_MS = 30_000;

/** Heartbeat paths are cut, one after the other, and one stays: both nodes say so each time, and nothing else happens. */
export async function pathsCut(
  tools: FaultTools,
  { active, load, restoration }: Turn,
  paths: readonly HeartbeatPathPlan[],
): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = pathBounds(timing, verification.tolerance);
  const names = paths.map(({ network }) => network).join(" and ");
  return measuredScenario(`${names} heartbeat path cut`, tools, { load, active }, async (log, measuring) => {
    const from = Date.now() / 1000;
    const cuts: Cut[] = [];
    const alarms: Measure[] = [];
    for (const [index, path] of paths.entries()) {
      log.step(`the nodes no longer hear each other on ${path.network} (${path.interface})`);
      const cut = await cutPaths(context, [path.interface]);
      cuts.push(cut);
      restoration.add(`heartbeat path ${path.network}`, () => cut.heal());
      measuring.event("fault", `${path.network} path cut`, cut.since);
      const told = await deadAre(tools, paths.slice(0, index + 1));
      measuring.event("step", "both nodes tell of it", told);
      const measured = (told - cut.since) * 1000;
      alarms.push({ bound: bounds.pathAlarm, measured, lookAt: "`engine paths` on both nodes" });
      log.step("nothing else happens for several times the deadtime");
      await new Promise((resolve) => setTimeout(resolve, 3 * timing.deadtimeMs));
    }
    log.step("every path is whole again");
    for (const cut of cuts) await cut.heal();
    measuring.event("recovery", "every path whole");
    await deadAre(tools, []);
    await callAgain(tools, log, measuring, active);
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, from);
    const short = shortCallNotes(record, context.plan.floatingIp.address);
    const moves = measuring.observer.of(active).filter((sample) => !sample.address).length;
    const events = "`engine events` on both nodes";
    log.measures.push(
      { bound: bounds.pathCutMoves, measured: moves, lookAt: events },
      { bound: bounds.pathCutOutage, measured: milliseconds(span), lookAt: events },
      { bound: context.bounds.shortCalls, measured: short.failed, lookAt: events },
      ...alarms,
      ...(await invariants(tools, measuring, record)),
    );
    log.notes.push(...notes, short.note, registrationNote(record));
    log.timelines.push(overview(measuring));
    log.step("every check passes");
    const now = await context.healthy(SETTLED_WITHIN_MS);
    if (now !== active) throw new Error(`${now} is active, must be ${active}`);
  });
}

/** Waits until every node tells of every path, and calls these dead and the others up; seconds since 1970 of that look. */
async function deadAre({ context }: FaultTools, dead: readonly HeartbeatPathPlan[]): Promise<number> {
  const cards = dead.map((path) => path.interface);
  const right = context.plan.heartbeatPaths.map(
    ({ interface: link }) => `${link} ${cards.includes(link) ? "dead" : "up"}`,
  );
  return eventually(
    `both nodes say ${right.join(", ")}`,
    async () => {
      const views = await Promise.all(
        context.plan.nodes.map(async ({ name }) => engine.paths(await context.sessions.to(name))),
      );
      const met = views.every((paths) => paths.map(({ link, status }) => `${link} ${status}`).join() === right.join());
      return met ? { met, value: Date.now() / 1000 } : { met, seen: JSON.stringify(views) };
    },
    { withinMs: GIVE_UP_MS, everyMs: 200 },
  );
}
