import type { LineStream } from "../../remote/session.ts";
import { engine } from "../../remote/programs.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { held } from "../held.ts";
import { machineBounds } from "../machineBounds.ts";
import type { Measure, ScenarioReport } from "../report.ts";
import { ailing } from "./ailing.ts";

/** How long nobody gets a processor for himself, in milliseconds. */
const LASTS_MS = 20_000;

/** Busy loops take the processors of the active node: it is slow, and nobody takes it for dead. */
export async function starvation(tools: FaultTools, turn: Turn): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = machineBounds(timing, verification.tolerance);
  let loops: LineStream | undefined;
  return ailing(tools, turn, {
    title: `processors of ${turn.active} saturated`,
    step: `two busy loops for each processor run on ${turn.active}`,
    begin: async () => {
      loops = await held(await context.sessions.to(turn.active), "starve", "starved");
    },
    end: async () => {
      await loops?.stop();
      loops = undefined;
    },
    lastsMs: 0,
    outage: bounds.starvedOutage,
    // phones and database may share the processors, as in the lab
    callsMayFail: true,
    thenSwitch: false,
    look: async (since) => {
      await new Promise((resolve) => setTimeout(resolve, LASTS_MS));
      const deaths = await calledDead(tools, since);
      return [
        { bound: bounds.falseDeaths, measured: deaths, lookAt: "`engine events` on both nodes" },
      ] satisfies Measure[];
    },
  });
}

/** How often the nodes called each other dead since that moment, in seconds since 1970. */
async function calledDead({ context }: FaultTools, since: number): Promise<number> {
  const minutes = Math.ceil((Date.now() / 1000 - since) / 60) + 1;
  const counts = await Promise.all(
    context.plan.nodes.map(async ({ name }) => {
      const events = await engine.events(await context.sessions.to(name), minutes, 0);
      return events.filter(({ time, text }) => Date.parse(time) / 1000 > since && /node \S+: is dead/.test(text))
        .length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
