import type { PacketRecord, PacketRow, SipFields } from "./record.ts";

/** A span of time, in seconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One probe of the record. */
export interface Probe {
  readonly sent: number;
  /** When the 200 arrived; absent when none did. */
  readonly answered?: number;
}

/** One call of the record, followed by its Call-ID over both legs. */
export interface Call {
  readonly callId: string;
  readonly invited: number;
  /** When the caller got the 200 for its INVITE. */
  readonly answered?: number;
  /** Whose contact that 200 had. */
  readonly answeredBy?: string;
  /** A final answer of 300 or more that was no challenge. */
  readonly refused?: number;
  readonly byeSent?: number;
  readonly byeAnswered?: number;
  /** Ports of the relay: towards the caller and towards the called phone. */
  readonly relayPorts: readonly number[];
}

/** One direction of sound between a phone and the relay. */
export interface SoundStream {
  readonly relayPort: number;
  /** `out`: from the floating IP to the phone; `in`: to the floating IP. */
  readonly direction: "in" | "out";
  readonly packets: number;
  readonly span: Span;
  /** Longest time between two packets, in milliseconds. */
  readonly longestGapMs: number;
  /** Sequence numbers between the first and the last packet that never came. */
  readonly missing: number;
}

type SipRow = PacketRow & { readonly sip: SipFields };

function sipRows(record: PacketRecord, label: string): SipRow[] {
  return record.flatMap((row) => (row.sip?.callId.startsWith(`${label}-`) ? [{ ...row, sip: row.sip }] : []));
}

/** The probes whose Call-IDs begin with `label`, in order of sending. */
export function probes(record: PacketRecord, label = "probe"): readonly Probe[] {
  const answers = new Map<string, number>();
  const rows = sipRows(record, label);
  for (const row of rows) {
    if (row.sip.status === 200 && !answers.has(row.sip.callId)) answers.set(row.sip.callId, row.time);
  }
  const requests = rows.filter((row) => row.sip.method === "OPTIONS");
  return requests.map((row) => {
    const answered = answers.get(row.sip.callId);
    return { sent: row.time, ...(answered === undefined ? {} : { answered }) };
  });
}

/**
 * The longest time without a good answer: from the last good answer before it to the first one after it.
 *
 * @throws Error when service had not begun before the fault or did not come back within the record
 */
export function outage(all: readonly Probe[], fault: number): Span {
  const answers = all.flatMap((probe) => probe.answered ?? []).sort((left, right) => left - right);
  const before = answers.findLastIndex((time) => time <= fault);
  if (before === -1) throw new Error("no probe was answered before the fault; the outage cannot be measured");
  const last = answers.at(-1);
  if (last === undefined || last <= fault)
    throw new Error("no probe was answered after the fault until the record ended");
  let longest: Span = { from: fault, to: fault };
  for (const [index, from] of answers.entries()) {
    const to = answers[index + 1];
    if (index >= before && to !== undefined && to - from > longest.to - longest.from) longest = { from, to };
  }
  return longest;
}

/**
 * The probes as a caller would have seen them without the last words of a frozen node: while it is killed it may come to
 * itself for a moment, and answers whatever has waited for it, which is no service.
 *
 * @param frozen from the freeze until the other node had the address
 */
export function withoutLastWords(all: readonly Probe[], frozen: Span): readonly Probe[] {
  return all.map(({ sent, answered }) => {
    const words = answered === undefined || (answered > frozen.from && answered < frozen.to);
    return words ? { sent } : { sent, answered };
  });
}

/** All spans between two good answers that are longer than `aboveMs`. */
export function interruptions(all: readonly Probe[], aboveMs: number): readonly Span[] {
  return pauses(
    all.flatMap((probe) => probe.answered ?? []),
    aboveMs,
  );
}

/** All spans longer than `aboveMs` in which the probe itself sent nothing, although it never waits for an answer. */
export function standstills(all: readonly Probe[], aboveMs: number): readonly Span[] {
  return pauses(
    all.map(({ sent }) => sent),
    aboveMs,
  );
}

function pauses(times: readonly number[], aboveMs: number): readonly Span[] {
  const sorted = times.toSorted((left, right) => left - right);
  return sorted.flatMap((from, index) => {
    const to = sorted[index + 1];
    return to !== undefined && (to - from) * 1000 > aboveMs ? [{ from, to }] : [];
  });
}

/** The longest that a probe sent within a span waited for its answer, in milliseconds; without one, until the span's end. */
export function slowestAnswerMs(all: readonly Probe[], span: Span): number {
  const inside = all.filter(({ sent }) => sent >= span.from && sent <= span.to);
  return Math.max(0, ...inside.map(({ sent, answered }) => ((answered ?? span.to) - sent) * 1000));
}

/** Users whose REGISTER under `label` was answered with 200. */
export function acknowledged(record: PacketRecord, label: string): ReadonlySet<string> {
  const good = sipRows(record, label).filter((row) => row.sip.cseqMethod === "REGISTER" && row.sip.status === 200);
  return new Set(good.map((row) => row.sip.toUser));
}

/** REGISTERs that were sent for one user within a span. */
export function registersOf(record: PacketRecord, user: string, span: Span): number {
  const inside = record.filter((row) => row.time >= span.from && row.time <= span.to);
  return inside.filter((row) => row.sip?.method === "REGISTER" && row.sip.toUser === user).length;
}

/** The calls whose Call-IDs begin with `label`; `floatingIp` tells the cluster from the phones. */
export function calls(record: PacketRecord, label: string, floatingIp: string): readonly Call[] {
  const rowsOf = new Map<string, SipRow[]>();
  for (const row of sipRows(record, label)) rowsOf.set(row.sip.callId, [...(rowsOf.get(row.sip.callId) ?? []), row]);
  return [...rowsOf.values()].flatMap((rows) => {
    const invite = rows.find((row) => row.sip.method === "INVITE");
    return invite === undefined ? [] : [readCall(rows, invite, floatingIp)];
  });
}

const CHALLENGES: readonly number[] = [401, 407];

function readCall(rows: readonly SipRow[], invite: SipRow, floatingIp: string): Call {
  const phone = invite.source.port;
  const toCaller = rows.filter((row) => row.source.address === floatingIp && row.destination.port === phone);
  const fromCaller = rows.filter((row) => row.source.port === phone && row.destination.address === floatingIp);
  const answer = (method: string, fits: (status: number) => boolean): SipRow | undefined =>
    toCaller.find((row) => row.sip.cseqMethod === method && row.sip.status !== undefined && fits(row.sip.status));
  const refusal = answer("INVITE", (status) => status >= 300 && !CHALLENGES.includes(status));
  const answered = answer("INVITE", (status) => status === 200);
  const ports = rows.filter((row) => row.source.address === floatingIp).flatMap((row) => row.sip.mediaPort ?? []);
  return {
    callId: invite.sip.callId,
    invited: invite.time,
    relayPorts: [...new Set(ports)],
    ...optional("answered", answered?.time),
    ...(answered?.sip.contactHost === undefined ? {} : { answeredBy: answered.sip.contactHost }),
    ...optional("refused", refusal?.sip.status),
    ...optional("byeSent", fromCaller.find((row) => row.sip.method === "BYE")?.time),
    ...optional("byeAnswered", answer("BYE", (status) => status === 200)?.time),
  };
}

function optional<K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> {
  const entry: Partial<Record<K, number>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}

/** Whether a call went as a caller expects: answered, and ended by an answered BYE. */
export function callSucceeded(call: Call): boolean {
  return call.answered !== undefined && call.byeAnswered !== undefined;
}

/** The sound of one call, one entry per direction and relay port; four in a complete call. */
export function soundOf(record: PacketRecord, call: Call, floatingIp: string): readonly SoundStream[] {
  return call.relayPorts.flatMap((relayPort) => {
    const from = { address: floatingIp, port: relayPort };
    const inward = record.filter((row) => row.rtp && same(row.destination, from) && row.time >= call.invited);
    const outward = record.filter((row) => row.rtp && same(row.source, from) && row.time >= call.invited);
    return [...stream(relayPort, "in", inward), ...stream(relayPort, "out", outward)];
  });
}

/** Sound of a call without a relay: what its two phones send to each other, each at the port of its session description. */
export function directSound(record: PacketRecord, call: Call): readonly SoundStream[] {
  const [one, other] = call.relayPorts;
  if (one === undefined || other === undefined) return [];
  const later = record.filter((row) => row.rtp && row.time >= call.invited);
  const between = (from: number, to: number): SoundStream[] =>
    stream(
      to,
      "in",
      later.filter(({ source, destination }) => source.port === from && destination.port === to),
    );
  return [...between(one, other), ...between(other, one)];
}

/**
 * The longest time that a phone of an answered call heard nothing, until the call's end, in milliseconds.
 *
 * @returns undefined where no such call was answered
 */
export function soundGapMs(record: PacketRecord, label: string, floatingIp: string): number | undefined {
  const gaps = calls(record, label, floatingIp).flatMap((call) => {
    if (call.answered === undefined) return [];
    const end = call.byeSent ?? record.at(-1)?.time ?? call.answered;
    const heard = soundOf(record, call, floatingIp).filter(({ direction }) => direction === "out");
    const never = heard.length < 2 ? [(end - call.answered) * 1000] : [];
    return [...never, ...heard.flatMap(({ longestGapMs, span }) => [longestGapMs, (end - span.to) * 1000])];
  });
  return gaps.length === 0 ? undefined : Math.max(...gaps);
}

/** Sound that did not pass the floating IP: packets from phone to phone, or from anybody else. */
export function straySound(record: PacketRecord, floatingIp: string): number {
  const others = record.filter((row) => row.rtp && !has(row, floatingIp));
  return others.length;
}

function has(row: PacketRow, address: string): boolean {
  return row.source.address === address || row.destination.address === address;
}

function same(left: { address: string; port: number }, right: { address: string; port: number }): boolean {
  return left.address === right.address && left.port === right.port;
}

function stream(relayPort: number, direction: SoundStream["direction"], rows: readonly PacketRow[]): SoundStream[] {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const gaps = rows.slice(1).map((row, index) => row.time - (rows[index]?.time ?? row.time));
  const sequences = new Set(rows.flatMap((row) => row.rtp?.sequence ?? []));
  const width = ((last.rtp?.sequence ?? 0) - (first.rtp?.sequence ?? 0) + SEQUENCE_SPACE) % SEQUENCE_SPACE;
  const span = { from: first.time, to: last.time };
  const longestGapMs = Math.max(0, ...gaps) * 1000;
  const missing = width + 1 - sequences.size;
  return [{ relayPort, direction, packets: rows.length, span, longestGapMs, missing }];
}

/** RTP's sequence numbers are 16 bits wide (RFC 3550 section 5.1). */
const SEQUENCE_SPACE = 65_536;
