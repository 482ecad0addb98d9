import type { LineStream } from "../../remote/session.ts";
import { engine } from "../../remote/programs.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { held } from "../faults/held.ts";
import { machineBounds } from "../bounds/machineBounds.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { ailing } from "./ailing.ts";

/** How long a node lacks something, in milliseconds. */
const LASTS_MS = 20_000;

/** What a node lacks, and the program of its own that takes it. */
const LACKS = {
  processors: {
    title: (node: string) => `processors of ${node} saturated`,
    step: (node: string) => `two busy loops for each processor run on ${node}`,
    program: "starve",
  },
  memory: {
    title: (node: string) => `memory of ${node} used up`,
    step: (node: string) => `a program among the services of ${node} eats what memory they have left, again and again`,
    program: "starve-memory",
  },
} as const;

/** The active node lacks processors or memory: it is slow, and nobody takes it for dead. */
export async function starvation(tools: FaultTools, turn: Turn, lacking: keyof typeof LACKS): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = machineBounds(timing, verification.tolerance);
  const { title, step, program } = LACKS[lacking];
  let taken: LineStream | undefined;
  return ailing(tools, turn, {
    title: title(turn.active),
    step: step(turn.active),
    begin: async () => {
      taken = await held(await context.sessions.to(turn.active), program, "starved");
    },
    end: async () => {
      await taken?.stop();
      taken = undefined;
    },
    lastsMs: 0,
    outage: bounds.starvedOutage,
    // phones and database may share what is lacking, as in the lab
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

/** Why a node's memory cannot be used up without that of the machine around it; undefined when it can. */
export async function memoryUnlimited({ context }: FaultTools, node: string): Promise<string | undefined> {
  const session = await context.sessions.to(node);
  const reason = await session.must("ask for a limit of memory", "/usr/lib/sip-ha/verify/starve-memory --possible");
  return reason.trim() || undefined;
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
