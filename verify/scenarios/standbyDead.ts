import { eventually } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { machineBounds } from "../bounds/machineBounds.ts";
import type { PowerSwitch } from "../faults/power.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { shortCallNotes } from "./call.ts";
import { backAsStandby } from "./comeBack.ts";
import { measuredScenario } from "./measured.ts";
import {
  callAgain,
  invariants,
  type Measuring,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";

/** Far above the bound: a late alarm shall be measured, not cut off. */
const GIVE_UP_MS = 60_000;

/** The standby loses its power: the active node says so, and no call notices. */
export async function standbyDead(
  tools: FaultTools,
  { active, load, restoration }: Turn,
  power: PowerSwitch,
): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = machineBounds(timing, verification.tolerance);
  const standby = context.peerOf(active);
  return measuredScenario(`power-off of ${standby}, the standby`, tools, { load, active }, async (log, measuring) => {
    log.step(`the power of ${standby}, which is standby, is cut`);
    restoration.add(`power of ${standby}`, () => power.on());
    const ordered = measuring.event("fault", "power cut ordered");
    measuring.event("step", `${standby} confirmed dead`, await power.off());
    context.sessions.drop(standby);
    const told = await tellsOfPartner(tools, active, (fault) => fault !== "");
    measuring.event("step", `${active} tells of it`, told);
    log.step("nothing else happens for several times the deadtime");
    await new Promise((resolve) => setTimeout(resolve, 3 * timing.deadtimeMs));
    await callAgain(tools, log, measuring, active);
    const record = await measuring.finish();
    const undisturbed = stayed(tools, measuring, { active, from: ordered });
    log.step(`${standby} gets its power back and is standby again, ${active} stays active, and every check passes`);
    const began = measuring.event("step", `${standby} powered on`);
    await power.on();
    const back = await backAsStandby(tools, measuring, standby);
    log.step(`${active} no longer tells of it`);
    await tellsOfPartner(tools, active, (fault) => fault === "");
    const { span, notes } = probeFindings(record, ordered);
    const short = shortCallNotes(record, context.plan.floatingIp.address);
    const lookAt = `\`journalctl -u sip-ha-watcher\` on ${active}`;
    const open = measuring.openCalls.judge(record, active);
    log.measures.push(
      { bound: bounds.standbyAlarm, measured: (told - ordered) * 1000, lookAt },
      { bound: bounds.undisturbedOutage, measured: milliseconds(span), lookAt },
      { bound: context.bounds.shortCalls, measured: short.failed, lookAt },
      undisturbed,
      ...open.measures,
      { bound: context.bounds.returnAsStandby, measured: (back - began) * 1000, lookAt },
      ...(await invariants(tools, measuring, record)),
    );
    log.notes.push(...notes, short.note, registrationNote(record), ...open.notes);
    log.timelines.push(overview(measuring));
  });
}

/** Waits until a node says that of its partner; seconds since 1970 of that look. */
export async function tellsOfPartner(
  { context }: FaultTools,
  node: string,
  fits: (fault: string) => boolean,
): Promise<number> {
  return eventually(
    `${node} tells how its partner is`,
    async () => {
      const { partner } = await engine.watcher(await context.sessions.to(node));
      if (fits(partner.fault)) return { met: true, value: Date.now() / 1000 };
      return { met: false, seen: `partner: '${partner.fault}'` };
    },
    { withinMs: GIVE_UP_MS, everyMs: 100 },
  );
}

/** How often the group left the node that had it, and went on to serve. */
export function stayed(
  { context }: FaultTools,
  measuring: Measuring,
  { active, from }: { readonly active: string; readonly from: number },
): Measure {
  const { timing, verification } = context.plan;
  const looks = measuring.observer.of(active).filter(({ time }) => time >= from);
  const moves = looks.filter(({ address }, index) => !address && (looks[index - 1]?.address ?? true)).length;
  const lookAt = `\`engine events\` on ${active}`;
  return { bound: machineBounds(timing, verification.tolerance).moves, measured: moves, lookAt };
}
