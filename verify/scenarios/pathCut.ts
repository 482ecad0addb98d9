import type { HeartbeatPathPlan } from "../../config/plan.ts";
import { eventually } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { cutPaths } from "../faults/cut.ts";
import { pathBounds } from "../bounds/pathBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { measuredScenario } from "./measured.ts";
import { callAgain, invariants, milliseconds, overview, probeFindings, registrationNote } from "./measuring.ts";

/** Far above the bound: a late alarm shall be measured, not cut off. */
const GIVE_UP_MS = 30_000;
const SETTLED_WITHIN_MS = 30_000;

/** One heartbeat path is cut: both nodes say so, and nothing else happens. */
export async function pathCut(
  tools: FaultTools,
  { active, load, restoration }: Turn,
  path: HeartbeatPathPlan,
): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = pathBounds(timing, verification.tolerance);
  return measuredScenario(`${path.network} heartbeat path cut`, tools, { load, active }, async (log, measuring) => {
    log.step(`the nodes no longer hear each other on ${path.network} (${path.interface})`);
    const cut = await cutPaths(context, [path.interface]);
    restoration.add(`heartbeat path ${path.network}`, () => cut.heal());
    measuring.event("fault", `${path.network} path cut`, cut.since);
    const told = await pathsAre(tools, path, "dead");
    measuring.event("step", "both nodes tell of it", told);
    log.step("nothing else happens for several times the deadtime");
    await new Promise((resolve) => setTimeout(resolve, 3 * timing.deadtimeMs));
    log.step(`the ${path.network} path is whole again`);
    await cut.heal();
    measuring.event("recovery", `${path.network} path whole`);
    await pathsAre(tools, path, "up");
    await callAgain(tools, log, measuring, active);
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, cut.since);
    const moves = measuring.observer.of(active).filter((sample) => !sample.address).length;
    const events = "`engine events` on both nodes";
    log.measures.push(
      { bound: bounds.pathCutMoves, measured: moves, lookAt: events },
      { bound: bounds.pathCutOutage, measured: milliseconds(span), lookAt: events },
      { bound: bounds.pathAlarm, measured: (told - cut.since) * 1000, lookAt: "`engine paths` on both nodes" },
      ...(await invariants(tools, measuring, record)),
    );
    log.notes.push(...notes, registrationNote(record));
    log.timelines.push(overview(measuring));
    log.step("every check passes");
    const now = await context.healthy(SETTLED_WITHIN_MS);
    if (now !== active) throw new Error(`${now} is active, must be ${active}`);
  });
}

/** Waits until every node says this of a path; seconds since 1970 of that look. */
async function pathsAre(
  { context }: FaultTools,
  { interface: card }: HeartbeatPathPlan,
  status: "up" | "dead",
): Promise<number> {
  return eventually(
    `both nodes call ${card} ${status}`,
    async () => {
      const views = await Promise.all(
        context.plan.nodes.map(async ({ name }) => engine.paths(await context.sessions.to(name))),
      );
      const met = views.every((paths) => paths.some((path) => path.link === card && path.status === status));
      return met ? { met, value: Date.now() / 1000 } : { met, seen: JSON.stringify(views) };
    },
    { withinMs: GIVE_UP_MS, everyMs: 200 },
  );
}
