import { calls, soundOf, type Span } from "../evidence/analysis.ts";
import type { PacketRecord, PacketRow } from "../evidence/record.ts";
import type { AccountingRow } from "./callTable.ts";
import { type KeptCall, portOf, type Side } from "./keptCalls.ts";

/** All that is known of the kept calls after a fault. */
export interface OpenCallFacts {
  readonly calls: readonly KeptCall[];
  readonly record: PacketRecord;
  readonly floatingIp: string;
  /** Begins the Call-IDs. */
  readonly label: string;
  /** When the phones were first told something after the fault, in seconds since 1970. */
  readonly since: number;
  /** Call-IDs that the next node said it knows. */
  readonly known: ReadonlySet<string>;
  readonly accounting: readonly AccountingRow[];
  /** Rows of calls that were left when all had ended. */
  readonly left: number;
  /** Which node served before the fault, and which after it; the same one when the group did not move. */
  readonly from: string;
  readonly to: string;
}

/** What a bound holds each of them to is in `bounds.ts`. */
export interface OpenCallFindings {
  readonly unknown: number;
  readonly failedRequests: number;
  readonly silentDirections: number;
  readonly wrongAccounting: number;
  /** Reasons, one line for each fault, and what became of calls that were being set up. */
  readonly notes: readonly string[];
}

/** One request of a phone within a call, and the final answer it got. */
export interface RequestWithin {
  readonly method: string;
  readonly sent: number;
  readonly status?: number;
  readonly answered?: number;
}

/** The longest a request within a call may take before it counts as failed is the record's end. */
export function requestsWithin(facts: OpenCallFacts, callId: string, side: Side): readonly RequestWithin[] {
  const { record, floatingIp, since } = facts;
  const port = portOf[side];
  const rows = record.filter((row) => row.sip?.callId === callId && row.time >= since);
  const sent = rows.filter((row) => row.source.port === port && row.destination.address === floatingIp);
  const got = rows.filter((row) => row.destination.port === port && row.source.address === floatingIp);
  const seen = new Set<string>();
  return sent.flatMap((row): RequestWithin[] => {
    const { method, cseq } = row.sip ?? {};
    if (method === undefined || cseq === undefined || method === "ACK" || seen.has(`${cseq} ${method}`)) return [];
    seen.add(`${cseq} ${method}`);
    const answer = got.find((other) => isFinal(other, cseq, method));
    return [{ method, sent: row.time, ...answerOf(answer) }];
  });
}

function isFinal({ sip }: PacketRow, cseq: number, method: string): boolean {
  return sip?.status !== undefined && sip.status >= 200 && sip.cseq === cseq && sip.cseqMethod === method;
}

function answerOf(row: PacketRow | undefined): Pick<RequestWithin, "status" | "answered"> {
  return row?.sip?.status === undefined ? {} : { status: row.sip.status, answered: row.time };
}

/** Holds what became of the kept calls against what must have become of them. */
export function openCallFindings(facts: OpenCallFacts): OpenCallFindings {
  const numbered = facts.calls.map((call, index) => ({ call, callId: callIdOf(facts, index + 1), number: index + 1 }));
  const open = numbered.filter(({ call }) => call.mode !== "ring");
  const unknown = open.filter(({ callId }) => !facts.known.has(callId));
  const failed = open.flatMap(({ call, callId, number }) =>
    failedRequests(facts, call, callId).map((what) => `call ${number} (${call.mode}): ${what}`),
  );
  const silent = open.map(({ call, callId }) => silentDirections(facts, call, callId));
  const accounting = numbered.flatMap(({ call, callId, number }) =>
    accountingFaults(facts, call, callId).map((what) => `accounting of call ${number} (${call.mode}): ${what}`),
  );
  return {
    unknown: unknown.length,
    failedRequests: failed.length,
    silentDirections: silent.reduce((sum, directions) => sum + directions, 0),
    wrongAccounting: accounting.length,
    notes: [
      `${open.length} open calls and ${numbered.length - open.length} ringing ones at the fault`,
      ...unknown.map(({ number }) => `call ${number} is not known to ${facts.to}`),
      ...failed,
      ...accounting,
      ...setUpNotes(facts, numbered),
    ],
  };
}

/** Every Call-ID ends with the address of the phones, which the record alone tells. */
function callIdOf({ record, label }: OpenCallFacts, number: number): string {
  const begin = `${label}-${number}@`;
  return record.find((row) => row.sip?.callId.startsWith(begin))?.sip?.callId ?? begin;
}

function failedRequests(facts: OpenCallFacts, { mode, reinvite, hangUp }: KeptCall, callId: string): readonly string[] {
  const wanted: { side: Side; method: string; status: number }[] = [
    ...(reinvite ? [{ side: reinvite, method: "INVITE", status: mode === "stubborn" ? 488 : 200 }] : []),
    { side: hangUp, method: "BYE", status: 200 },
  ];
  return wanted.flatMap(({ side, method, status }) => {
    const request = requestsWithin(facts, callId, side).find((candidate) => candidate.method === method);
    if (request?.status === status) return [];
    if (request === undefined) return [`the ${side} never sent its ${method}`];
    return [`${method} of the ${side} got ${request.status ?? "no answer"}`];
  });
}

/** Directions of sound, of four, that were not there from the answer to the re-INVITE until the BYE. */
function silentDirections(facts: OpenCallFacts, { mode, reinvite }: KeptCall, callId: string): number {
  if (!["sound", "stubborn"].includes(mode) || !reinvite) return 0;
  const { record, floatingIp } = facts;
  const invite = requestsWithin(facts, callId, reinvite).find(({ method }) => method === "INVITE");
  const bye = (["caller", "callee"] as const)
    .flatMap((side) => requestsWithin(facts, callId, side))
    .find(({ method }) => method === "BYE");
  const [call] = calls(record, facts.label, floatingIp).filter((candidate) => candidate.callId === callId);
  if (invite?.answered === undefined || call === undefined) return DIRECTIONS;
  const span: Span = { from: invite.answered, to: bye?.sent ?? record.at(-1)?.time ?? invite.answered };
  const offered = record.filter((row) => row.time >= invite.sent && row.time <= span.to && row.sip?.callId === callId);
  const relayPorts = offered.flatMap((row) =>
    row.source.address === floatingIp && row.sip?.mediaPort !== undefined ? [row.sip.mediaPort] : [],
  );
  const inside = record.filter((row) => row.time >= span.from && row.time <= span.to);
  // a refused change leaves those of the call's begin
  const ports = mode === "stubborn" ? call.relayPorts : [...new Set(relayPorts)];
  const again = { ...call, invited: span.from, relayPorts: ports };
  const enough = (span.to - span.from) * PACKETS_PER_SECOND * HEARD_SHARE;
  return DIRECTIONS - soundOf(inside, again, floatingIp).filter(({ packets }) => packets >= enough).length;
}

/** Caller to relay, relay to callee, callee to relay, relay to caller. */
const DIRECTIONS = 4;
/** G.711 in packets of 20 ms (RFC 3551 section 4.5.14). */
const PACKETS_PER_SECOND = 50;
/** Sound that came back carries at least half of its packets in the time that is left. */
const HEARD_SHARE = 0.5;

function accountingFaults(facts: OpenCallFacts, { mode }: KeptCall, callId: string): readonly string[] {
  const rows = facts.accounting.filter((row) => row.callId === callId);
  const [row] = rows;
  // a call that rings is taken over without its beginning; where the group stays, it keeps it unless the proxy died
  const moved = facts.from !== facts.to;
  const ringing = mode === "ring" && (moved || row?.startSeen === false);
  if (row === undefined) return mode === "ring" && !acknowledgedAfter(facts, callId) ? [] : ["no row"];
  const startedBy = ringing ? facts.to : facts.from;
  return [
    ...(rows.length === 1 ? [] : [`${rows.length} rows`]),
    ...(row.ended ? [] : ["no end"]),
    ...(row.startSeen === !ringing ? [] : [`start_seen is ${row.startSeen ? 1 : 0}`]),
    ...(row.startedBy === startedBy ? [] : [`started_by is '${row.startedBy}', must be '${startedBy}'`]),
    ...(!row.ended || row.endedBy === facts.to ? [] : [`ended_by is '${row.endedBy}', must be '${facts.to}'`]),
    ...(!row.ended || row.duration > 0 || ringing ? [] : ["a duration of 0 s"]),
  ];
}

/** Whether the call was answered after the fault: the caller sent an ACK through the cluster. */
function acknowledgedAfter({ record, floatingIp, since }: OpenCallFacts, callId: string): boolean {
  const rows = record.filter((row) => row.time >= since && row.sip?.callId === callId);
  const fromCaller = rows.filter((row) => row.source.port === portOf.caller && row.destination.address === floatingIp);
  const answer = rows.find(({ sip }) => sip?.cseqMethod === "INVITE" && sip.status !== undefined && sip.status >= 200);
  // the ACK of a call that was given up is of the answer 487
  return fromCaller.some(({ sip }) => sip?.method === "ACK") && (answer?.sip?.status ?? 200) < 300;
}

interface Numbered {
  readonly call: KeptCall;
  readonly callId: string;
}

/** Calls that were being set up: said, whatever became of them. */
function setUpNotes(facts: OpenCallFacts, numbered: readonly Numbered[]): readonly string[] {
  const rang = numbered.filter(({ call }) => call.mode === "ring" && !call.cancel);
  const answered = rang.filter(({ callId }) => acknowledgedAfter(facts, callId));
  const late = numbered.filter(({ call }) => call.mode === "late");
  const went = late.filter(({ callId }) => acknowledgedAfter(facts, callId));
  const given = numbered.filter(({ call }) => call.cancel);
  const cancels = given.map(({ callId }) => {
    const [cancel] = requestsWithin(facts, callId, "caller").filter(({ method }) => method === "CANCEL");
    return `${cancel?.status ?? "no answer"}`;
  });
  return [
    `calls that rang at the fault: ${answered.length} of ${rang.length} were answered afterwards`,
    `calls between 200 and ACK: ${went.length} of ${late.length} went on`,
    `CANCEL of a call that rang at the fault got ${cancels.join(", ")}`,
  ];
}
