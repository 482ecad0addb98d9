import type { Bound } from "../bounds/bound.ts";
import type { FaultTools } from "../context.ts";
import { acknowledged, type Span } from "../evidence/analysis.ts";
import type { PowerSwitch } from "../faults/power.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Registrations } from "../phones/registrations.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { backAsStandby } from "./comeBack.ts";
import { contactUnknown, judgeCall, openCallSound, shortCallNotes } from "./call.ts";
import { type Beside, measuredScenario } from "./measured.ts";
import {
  callAgain,
  closeUp,
  invariants,
  type Measuring,
  milliseconds,
  neighbourMeasures,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import { fenceTime } from "./fencedTakeover.ts";
import { divideOutage } from "./moved.ts";
import type { ScenarioLog } from "./scenario.ts";

/** Far above the bound: a late takeover shall be measured, not cut off. */
const GIVE_UP_MS = 15_000;

/** The active node loses its power: the other one takes over, and the dead one comes back as standby. */
export async function powerOff(
  tools: FaultTools,
  victim: string,
  power: PowerSwitch,
  beside: Omit<Beside, "active">,
): Promise<ScenarioReport> {
  const { context } = tools;
  const survivor = context.peerOf(victim);
  return measuredScenario(`power-off of ${victim}`, tools, { ...beside, active: victim }, async (log, measuring) => {
    log.step(`the power of ${victim}, which is active, is cut`);
    // the machine dies between the order and the confirmation; on a busy controller much happens between the two
    const ordered = measuring.event("fault", "power cut ordered");
    measuring.event("step", `${victim} confirmed dead`, await power.off());
    context.sessions.drop(victim);
    await measuring.serving(survivor, ordered, GIVE_UP_MS);
    await callAgain(tools, log, measuring, survivor);
    log.step("the record is read");
    const record = await measuring.finish();
    const fenceMs = await fenceTime(tools, survivor);
    const { span } = judgeTakeover(tools, log, measuring, { record, ordered, victim, survivor, fenceMs });
    await divideOutage(tools, log, measuring, { way: "death", since: ordered, from: victim, to: survivor, span });
    if (beside.registrations) log.measures.push(unregistered(tools, record, beside.registrations));
    await comeBack(tools, log, measuring, { victim, survivor, power });
    log.measures.push(...(await invariants(tools, measuring, record)));
    log.timelines.push(overview(measuring));
  });
}

export interface Aftermath {
  readonly record: PacketRecord;
  /** When the power cut was ordered, in seconds since 1970: service was well until then. */
  readonly ordered: number;
  readonly victim: string;
  readonly survivor: string;
  /** What the fencing device took to confirm that the victim is off; 0 without one. */
  readonly fenceMs: number;
}

/** What a caller noticed of the death of the active node, until the end of the record. */
export function judgeTakeover(
  tools: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  { record, ordered, victim, survivor, fenceMs }: Aftermath,
): { readonly span: Span } {
  const { bounds, plan } = tools.context;
  const floatingIp = plan.floatingIp.address;
  const { span, notes } = probeFindings(record, ordered);
  const moved =
    measuring.observer.of(survivor).find((sample) => sample.address && sample.time > ordered)?.time ?? span.to;
  const left = measuring.observer.of(victim).findLast(({ address, time }) => address && time < moved)?.time ?? ordered;
  measuring.event("recovery", `${survivor} has the floating IP`, moved);
  measuring.event("recovery", "SIP answers again", span.to);
  const events = `\`engine events\` on ${survivor}`;
  log.measures.push(
    { bound: later(bounds.powerOffOutage, fenceMs), measured: milliseconds(span), lookAt: events },
    { bound: later(bounds.floatingIpMoved, fenceMs), measured: (moved - left) * 1000, lookAt: events },
    ...neighbourMeasures(tools, measuring, survivor, ordered),
    contactUnknown(record, tools, ordered),
  );
  judgeCall(log, record, { label: "first", floatingIp, sound: bounds.firstCallSoundMissing, tools });
  const short = shortCallNotes(record, floatingIp);
  const open = measuring.openCalls.judge(record, victim);
  const sound = openCallSound(record, tools.context, { kind: "death", outageMs: milliseconds(span) });
  log.measures.push(...sound.measures, ...open.measures);
  log.notes.push(...notes, short.note, registrationNote(record), ...sound.notes, ...open.notes);
  log.timelines.push(closeUp(measuring, record, span, floatingIp));
  return { span };
}

export interface Return {
  readonly victim: string;
  readonly survivor: string;
  readonly power: PowerSwitch;
}

/** The dead node gets its power back, and returns as standby. */
export async function comeBack(
  tools: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  { victim, survivor, power }: Return,
): Promise<void> {
  const { returnAsStandby } = tools.context.bounds;
  log.step(`${victim} gets its power back`);
  const began = measuring.event("step", `${victim} powered on`);
  await power.on();
  log.step(`${victim} returns as standby, ${survivor} stays active, and every check passes`);
  const back = await backAsStandby(tools, measuring, victim);
  log.measures.push({
    bound: returnAsStandby,
    measured: (back - began) * 1000,
    lookAt: `\`engine events\` on ${victim}`,
  });
}

/** Where many registered, the repetition of each phone has to have been enough. */
function unregistered({ context }: FaultTools, record: PacketRecord, { users }: Registrations): Measure {
  return {
    bound: context.bounds.stormUnregistered,
    measured: users - acknowledged(record, "load").size,
    lookAt: "rateLimit of the stack file, `journalctl -u sip-ha-proxy` on the active node",
  };
}

/** A takeover waits for the device, so a bound counts from its confirmation. */
export function later(bound: Bound, fenceMs: number): Bound {
  if (fenceMs === 0) return bound;
  return {
    name: bound.name,
    unit: bound.unit,
    limit: bound.limit + fenceMs,
    source: `${bound.source} + ${Math.round(fenceMs)} ms for the device`,
  };
}
