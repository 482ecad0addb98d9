import { engine } from "../../remote/programs.ts";
import type { FaultTools } from "../context.ts";
import type { ScenarioReport } from "../report/report.ts";
import { contactUnknown, judgeCall, openCallSound, shortCallNotes } from "./call.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage } from "./moved.ts";
import {
  callAgain,
  closeUp,
  invariants,
  milliseconds,
  neighbourMeasures,
  probeFindings,
  registrationNote,
} from "./measuring.ts";

/** Far above the bound: a late takeover shall be measured, not cut off. */
const GIVE_UP_MS = 15_000;
const SETTLED_WITHIN_MS = 30_000;

/** A planned switchover under load: no call fails, nothing that was acknowledged is lost. */
export async function switchover(tools: FaultTools, from: string, load: string): Promise<ScenarioReport> {
  const { context } = tools;
  const { bounds, plan } = context;
  const to = context.peerOf(from);
  const floatingIp = plan.floatingIp.address;
  return measuredScenario(
    `planned switchover, ${from} to ${to}`,
    tools,
    { load, active: from },
    async (log, measuring) => {
      log.step(`${from} is told to give the group up`);
      const asked = measuring.event("fault", `${from} gives up`);
      await engine.standby(await context.sessions.to(from));
      const served = await measuring.serving(to, asked, GIVE_UP_MS);
      measuring.event("recovery", `${to} serves`, served);
      await callAgain(tools, log, measuring, to);
      log.step("the record is read");
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, asked);
      await divideOutage(tools, log, measuring, { way: "order", since: asked, from, to, span });
      const short = shortCallNotes(record, floatingIp);
      const events = `\`engine events\` on ${from} and ${to}`;
      log.measures.push(
        { bound: bounds.switchoverOutage, measured: milliseconds(span), lookAt: events },
        { bound: bounds.shortCalls, measured: short.failed, lookAt: events },
        ...neighbourMeasures(tools, measuring, to, asked),
        contactUnknown(record, tools, asked),
      );
      judgeCall(log, record, { label: "first", floatingIp, sound: bounds.firstCallSoundMissing, tools });
      log.measures.push(...(await invariants(tools, measuring, record)));
      const open = measuring.openCalls.judge(record, from);
      const sound = openCallSound(record, context, { kind: "switchover", outageMs: milliseconds(span) });
      log.measures.push(...sound.measures, ...open.measures);
      log.notes.push(...notes, short.note, registrationNote(record), ...sound.notes, ...open.notes);
      log.timelines.push(closeUp(measuring, record, span, floatingIp));
      log.step(`${to} is active, ${from} is standby, and every check passes`);
      const active = await context.healthy(SETTLED_WITHIN_MS);
      if (active !== to) throw new Error(`${active} is active, must be ${to}`);
    },
  );
}
