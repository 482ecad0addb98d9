import { messageOf } from "../../remote/eventually.ts";
import {
  calls,
  callSucceeded,
  directSound,
  registersOf,
  type Call,
  soundGapMs,
  type SoundStream,
  soundOf,
  straySound,
} from "../evidence/analysis.ts";
import type { VerificationContext } from "../context.ts";
import { PORTS } from "../phones/caller.ts";
import type { FaultTools } from "../context.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { type ScenarioLog, runScenario } from "./scenario.ts";

/** Sound lasts this long in a call that is listened to, in milliseconds. */
export const LISTEN_MS = 1500;
/** G.711 in packets of 20 ms: 50 per second (RFC 3551 section 4.5.14). */
const PACKETS_PER_SECOND = 50;
/** A direction counts as heard with four fifths of its packets: what began late or broke off has fewer. */
const HEARD_SHARE = 0.8;
/** Caller to relay, relay to callee, callee to relay, relay to caller; half of them where there is no relay. */
const DIRECTIONS = 4;
/** No takeover within its bound takes this long, in milliseconds: the sound did not come back. */
const LOST_MS = 3000;

/** Two phones register; the rows are in the database; one calls the other and they hear each other. */
export async function registrationAndCall(tools: FaultTools): Promise<ScenarioReport> {
  const { context, phones } = tools;
  const { caller, table, callingUser, calledUser } = phones;
  const { bounds, plan } = context;
  return runScenario("registration and call", context, async (log) => {
    await caller.startRecord();
    log.step("two phones register from outside, through the router, with digest authentication");
    await Promise.all([caller.startAnswering(calledUser), caller.register("caller", callingUser.name, PORTS.caller)]);
    log.step("both contacts are in the location table");
    const kept = await table.registered();
    const missing = [callingUser, calledUser].filter((user) => !kept.has(user.name)).length;
    const lookAt = "table location on the database host, usrloc in the configuration of the proxy";
    log.measures.push({ bound: bounds.registrationsMissing, measured: missing, lookAt });
    log.step("one phone calls the other through the floating IP; both hear each other");
    const pair = { from: callingUser, to: calledUser };
    const trouble = await tellTrouble(caller.call({ ...pair, label: "plain", port: PORTS.first, lengthMs: LISTEN_MS }));
    const record = await caller.stopRecord();
    log.notes.push(...trouble);
    judgeCall(log, record, { label: "plain", floatingIp: plan.floatingIp.address, sound: bounds.soundMissing, tools });
  });
}

/** Registers the two phones, and lets the called one answer. */
export async function phonesReady({ phones }: FaultTools): Promise<void> {
  const { caller, callingUser, calledUser } = phones;
  await Promise.all([caller.startAnswering(calledUser), caller.register("caller", callingUser.name, PORTS.caller)]);
}

/** SIPp's complaints about its calls, as notes: the record judges. */
export async function tellTrouble(work: Promise<void>): Promise<readonly string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

interface CallJudgement {
  readonly label: string;
  readonly floatingIp: string;
  readonly sound: Measure["bound"];
  readonly tools: FaultTools;
}

/** Holds one listened-to call against its bounds: it succeeded, was heard both ways, and only by way of the floating IP. */
export function judgeCall(log: ScenarioLog, record: PacketRecord, judgement: CallJudgement): void {
  const { label, floatingIp, sound, tools } = judgement;
  const { bounds } = tools.context;
  const all = calls(record, label, floatingIp);
  const failed = all.filter((call) => !callSucceeded(call)).length + (all.length === 0 ? 1 : 0);
  const relayed = tools.context.plan.relay !== "none";
  const streams = all.flatMap((call) => (relayed ? soundOf(record, call, floatingIp) : directSound(record, call)));
  const directions = relayed ? DIRECTIONS : DIRECTIONS / 2;
  const relayLog = "`journalctl -u sip-ha-relay` and `-u sip-ha-proxy` on the active node";
  const stray = { bound: bounds.straySound, measured: straySound(record, floatingIp), lookAt: relayLog };
  log.measures.push(
    { bound: bounds.failedCalls, measured: failed, lookAt: "`journalctl -u sip-ha-proxy` on the active node" },
    { bound: sound, measured: directions - streams.filter(heard).length, lookAt: relayLog },
    ...(relayed ? [stray] : []),
  );
  log.notes.push(...all.map(describeCall), ...streams.map(describeStream));
}

function heard(stream: SoundStream): boolean {
  const expected = ((LISTEN_MS * PACKETS_PER_SECOND) / 1000) * HEARD_SHARE;
  return stream.packets >= expected;
}

function describeCall(call: Call): string {
  if (call.refused !== undefined) return `call refused with ${call.refused}`;
  if (call.answered === undefined) return "call never answered";
  const setup = Math.round((call.answered - call.invited) * 1000);
  return `call answered after ${setup} ms${call.byeAnswered === undefined ? ", BYE never answered" : ""}`;
}

function describeStream(stream: SoundStream): string {
  const way = stream.direction === "in" ? "to" : "from";
  const gap = Math.round(stream.longestGapMs);
  return `RTP ${way} relay port ${stream.relayPort}: ${stream.packets} packets, ${stream.missing} missing, longest gap ${gap} ms`;
}

/** Sound of a call that was open when the fault came: held against a bound where the relay keeps its calls, else said. */
export function openCallSound(
  record: PacketRecord,
  { plan, bounds }: VerificationContext,
  fault: { readonly kind: "death" | "switchover"; readonly outageMs: number },
): { readonly measures: readonly Measure[]; readonly notes: readonly string[] } {
  if (plan.relay === "none")
    return { measures: [], notes: ["sound of the open call: no relay, so it never passes a node"] };
  const gap = soundGapMs(record, "open", plan.floatingIp.address);
  if (gap === undefined) return { measures: [], notes: ["sound of the open call: it was never answered"] };
  if (plan.redis !== undefined) {
    const bound = fault.kind === "death" ? bounds.openCallGap(fault.outageMs) : bounds.openCallGapPlanned;
    return { measures: [{ bound, measured: gap, lookAt: RELAY_LOG }], notes: [] };
  }
  const lost = "lost, as expected of a relay that keeps no state; its signalling goes on, a re-INVITE brings it back";
  return {
    measures: [],
    notes: [`sound of the open call: ${gap > LOST_MS ? lost : `a gap of ${Math.round(gap)} ms`}`],
  };
}

const RELAY_LOG = "`journalctl -u sip-ha-relay` on the next node, `relay-store` there";

/** Calls that began around the fault and did not go through; a phone repeats an INVITE only until it is answered provisionally. */
export function shortCallNotes(
  record: PacketRecord,
  floatingIp: string,
): { readonly failed: number; readonly note: string } {
  const all = calls(record, "short", floatingIp);
  const failed = all.filter((call) => !callSucceeded(call));
  const why = failed.map(
    ({ callId, refused, answered }) =>
      `${callId.split("@")[0] ?? callId}: ${refused ?? (answered === undefined ? "no answer" : "no end")}`,
  );
  const said = failed.length === 0 ? "" : ` (${why.join(", ")})`;
  return {
    failed: failed.length,
    note: `${all.length} short calls around the fault, ${failed.length} failed${said}`,
  };
}

/** Whether the called phone was reached without having registered again since `since`. */
export function contactUnknown(record: PacketRecord, tools: FaultTools, since: number): Measure {
  const { context, phones } = tools;
  const [call] = calls(record, "first", context.plan.floatingIp.address);
  const span = { from: since, to: record.at(-1)?.time ?? since };
  const again = registersOf(record, phones.calledUser.name, span);
  const known = call?.answered !== undefined && again === 0;
  return {
    bound: context.bounds.contactUnknown,
    measured: known ? 0 : 1,
    lookAt: "LOCATION in the configuration of the proxy, table location",
  };
}
