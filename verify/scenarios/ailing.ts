import { engine } from "../../remote/programs.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { Bound } from "../bounds/bound.ts";
import type { FaultTools } from "../context.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { contactUnknown, shortCallNotes } from "./call.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage, type Move } from "./moved.ts";
import {
  callAgain,
  invariants,
  type Measuring,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import type { ScenarioLog } from "./scenario.ts";
import { stayed } from "./standbyDead.ts";

/** Far above the bounds: what is late shall be measured, not cut off. */
const GIVE_UP_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;

/** Something ails a node that the cluster has to bear. */
export interface Ailment {
  readonly title: string;
  /** What happens to whom, as a step of the report. */
  readonly step: string;
  readonly begin: () => Promise<void>;
  /** Any number of times. */
  readonly end: () => Promise<void>;
  /** How long it is borne before anything else happens, in milliseconds. */
  readonly lastsMs: number;
  /** What a caller may notice until the end, in milliseconds. */
  readonly outage: Bound;
  /** Whether calls that are set up meanwhile may fail: they are counted, and not held to a bound. */
  readonly callsMayFail: boolean;
  /** Whether the group then moves as planned, while the ailment goes on. */
  readonly thenSwitch: boolean;
  /** What else is looked at while it lasts; `since` in seconds since 1970. */
  readonly look?: (since: number) => Promise<readonly Measure[]>;
}

/** A node ails: the group stays where it is, calls go on, and a planned switchover works. */
export async function ailing(
  tools: FaultTools,
  { active, load, restoration }: Turn,
  ailment: Ailment,
): Promise<ScenarioReport> {
  const { context } = tools;
  const { bounds, plan } = context;
  return measuredScenario(ailment.title, tools, { load, active }, async (log, measuring) => {
    try {
      log.step(ailment.step);
      restoration.add(ailment.title, ailment.end);
      const since = measuring.event("fault", ailment.title);
      await ailment.begin();
      const looked = (await ailment.look?.(since)) ?? [];
      await new Promise((resolve) => setTimeout(resolve, ailment.lastsMs));
      const undisturbed = stayed(tools, measuring, { active, from: since });
      const move = ailment.thenSwitch ? await moved(tools, log, measuring, active) : undefined;
      const owner = move?.to ?? active;
      await callAgain(tools, log, measuring, owner);
      const record = await measuring.finish();
      log.step(`it ends; ${owner} stays active, and every check passes`);
      await ailment.end();
      measuring.event("recovery", "it ends");
      const now = await context.healthy(SETTLED_WITHIN_MS);
      const { span, notes } = probeFindings(record, since);
      if (move) await divideOutage(tools, log, measuring, { ...move, span });
      const short = shortCallNotes(record, plan.floatingIp.address);
      const open = measuring.openCalls.judge(record, active);
      const lookAt = `\`engine events\` and \`engine supervision\` on ${active}`;
      log.measures.push(
        {
          bound: ailment.outage,
          measured: milliseconds(span),
          lookAt,
        },
        undisturbed,
        ...looked,
        ...(ailment.callsMayFail ? [] : [{ bound: bounds.shortCalls, measured: short.failed, lookAt }]),
        contactUnknown(record, tools, since),
        ...open.measures,
        ...(await invariants(tools, measuring, record)),
      );
      log.notes.push(...notes, short.note, registrationNote(record), ...open.notes);
      log.timelines.push(overview(measuring));
      if (now !== owner) throw new Error(`${now} is active, must be ${owner}`);
    } finally {
      await ailment.end();
    }
  });
}

async function moved(
  tools: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  from: string,
): Promise<Omit<Move, "span">> {
  const { context } = tools;
  const to = context.peerOf(from);
  log.step(`${from} is told to give the group up to ${to}`);
  const asked = measuring.event("step", `${from} gives up`);
  await engine.standby(await context.sessions.to(from));
  measuring.event("recovery", `${to} serves`, await measuring.serving(to, asked, GIVE_UP_MS));
  return { way: "order", since: asked, from, to };
}
