import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { inTime } from "../../remote/eventually.ts";
import { probes, slowestAnswerMs, type Span } from "../evidence/analysis.ts";
import { PORTS } from "../phones/caller.ts";
import type { FaultTools } from "../context.ts";
import { type AccountingRow, CallTable } from "../openCalls/callTable.ts";
import { OpenCalls } from "../openCalls/openCalls.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import type { Restoration } from "../faults/restoration.ts";
import { judgeCall, LISTEN_MS, phonesReady, tellTrouble } from "./call.ts";
import { daemonsOf, PROBES_PER_SECOND } from "./measuring.ts";
import { runScenario } from "./scenario.ts";

/** A call that rings is answered within this time, in milliseconds; the database cannot be asked meanwhile. */
const ANSWERED_MS = 1000;
/** A refusal that takes longer is one too late (row 18), in seconds. */
const PROMPT_SECONDS = 1;
/** The proxy tells what it owes every five seconds. */
const ACCOUNTED_WITHIN_MS = 10_000;
/** Bounds the probe even if nobody stops it. */
const PROBES_AT_MOST = 120 * PROBES_PER_SECOND;

/** How a database goes away, and comes back. */
export interface DatabaseFault {
  readonly name: string;
  /** What is done to it and undone, for the steps of the report. */
  readonly words: readonly [string, string];
  /** Commands on its host. */
  readonly strike: string;
  readonly mend: string;
  /** Until the proxy has to have noticed, in seconds; it may wait for an answer meanwhile. */
  readonly noticedSeconds: number;
  /** The database is away for at least this time, in seconds. */
  readonly lastsSeconds: number;
  readonly registersPerSecond: number;
}

export const databaseStops: DatabaseFault = {
  name: "database down",
  words: ["stops", "started"],
  strike: "systemctl stop mariadb",
  mend: "systemctl start mariadb",
  noticedSeconds: 0,
  lastsSeconds: 0,
  registersPerSecond: 20,
};

export const databaseFreezes: DatabaseFault = {
  name: "database frozen",
  words: ["stands still", "thawed"],
  strike: "systemctl kill --kill-who=all --signal=STOP mariadb",
  mend: "systemctl kill --kill-who=all --signal=CONT mariadb",
  noticedSeconds: 2,
  lastsSeconds: 10,
  // thirty of them: as long as it lasts
  registersPerSecond: 3,
};

interface Surroundings {
  readonly active: string;
  /** Pattern of the users that try to register meanwhile. */
  readonly load: string;
  readonly restoration: Restoration;
}

/**
 * The database is away: calls go on, two phones that were there before call each other, nobody is told to be registered, and
 * the accounting is complete when it is back.
 */
export async function databaseAway(
  tools: FaultTools,
  { active, load, restoration }: Surroundings,
  fault: DatabaseFault,
): Promise<ScenarioReport> {
  const { context, phones } = tools;
  const openCalls = new OpenCalls(tools);
  const database = await context.sessions.to(context.plan.database.machine.name);
  const session = await context.sessions.to(active);
  const order = async (command: string): Promise<void> => {
    await database.must(command, `sudo -n ${command}`, { timeoutMs: 60_000 });
  };
  const label = `lately-${randomBytes(4).toString("hex")}`;
  const pair = { from: phones.callingUser, to: phones.calledUser };
  return runScenario(fault.name, context, async (log) => {
    await phones.caller.startRecord();
    await phonesReady(tools);
    log.step("calls in every state are there, and a probe is under way");
    await openCalls.begin(active);
    await phones.caller.startProbe(PROBES_PER_SECOND, PROBES_AT_MOST);
    const before = await daemonsOf(session);
    log.step(`the database ${fault.words[0]}`);
    restoration.add("bring the database back", () => order(fault.mend));
    const struck = Date.now() / 1000;
    await order(fault.strike);
    log.step("phones of open calls re-INVITE and hang up; calls that ring are answered or given up; others register");
    const trouble = tellTrouble(phones.caller.register("load", load, PORTS.load, fault.registersPerSecond));
    await openCalls.command(active, () => sleep(ANSWERED_MS));
    log.notes.push(...(await trouble));
    await until(struck + fault.noticedSeconds);
    log.step("a phone that was there before calls another one");
    const call = { ...pair, label, port: PORTS.first, lengthMs: LISTEN_MS };
    log.notes.push(...(await tellTrouble(phones.caller.call(call))));
    await until(struck + fault.lastsSeconds);
    const mended = Date.now() / 1000;
    log.step(`the database is ${fault.words[1]}, and has every call with its end`);
    await order(fault.mend);
    await openCalls.conclude();
    const lately = await accountingOf(new CallTable(database, label, context.plan.proxy));
    await phones.caller.stopProbe();
    const record = await phones.caller.stopRecord();
    const touched = Number((await daemonsOf(session)) !== before);
    const open = openCalls.judge(record, active);
    const away = { from: struck + fault.noticedSeconds, to: mended };
    log.measures.push(...open.measures, ...service(tools, record, away, touched), {
      bound: context.bounds.accountingWrong,
      measured: lately.length === 1 && lately[0]?.ended === true ? 0 : 1,
      lookAt: "what the proxy owes the database: OWED in its configuration",
    });
    const { bounds, plan } = context;
    judgeCall(log, record, { label, floatingIp: plan.floatingIp.address, sound: bounds.soundMissing, tools });
    log.notes.push(
      ...open.notes,
      `${registrationsRefused(record, "load", away).all} phones tried to register while the database was away`,
    );
  });
}

/** The rows of a call that began and ended without a database, as soon as there is one that is complete, or late. */
async function accountingOf(table: CallTable): Promise<readonly AccountingRow[]> {
  const look = async () => {
    const rows = await table.accounting();
    return rows.some(({ ended }) => ended)
      ? ({ met: true, value: rows } as const)
      : ({ met: false, seen: `${rows.length} rows` } as const);
  };
  return (await inTime("the accounting has the call", look, { withinMs: ACCOUNTED_WITHIN_MS })) ?? table.accounting();
}

/** @param time seconds since 1970 */
async function until(time: number): Promise<void> {
  await sleep(Math.max(0, time * 1000 - Date.now()));
}

/** What has to be there without a database, once it is noticed that there is none. */
function service({ context }: FaultTools, record: PacketRecord, away: Span, touched: number): Measure[] {
  const { bounds } = context;
  const lookAt = "`journalctl -u sip-ha-proxy -u sip-ha-watcher` on the active node";
  const refusals = registrationsRefused(record, "load", away);
  return [
    { bound: bounds.falselyRegistered, measured: refusals.acknowledged, lookAt },
    { bound: bounds.refusalsLate, measured: refusals.late, lookAt },
    { bound: bounds.slowestOptions, measured: slowestAnswerMs(probes(record), away), lookAt },
    { bound: bounds.daemonsTouched, measured: touched, lookAt },
  ];
}

/** What became of REGISTERs that only the database could have taken. */
export interface Refusals {
  readonly all: number;
  /** Answered with 200. */
  readonly acknowledged: number;
  /** Answered with anything else than 503, later than a second after the first was sent, or not at all. */
  readonly late: number;
}

/** All of time. */
const EVER: Span = { from: -Infinity, to: Infinity };

/**
 * The REGISTERs under a label, one for each phone: the first, or that with credentials where the first was challenged.
 *
 * @param away when the database was away; what was sent before or too late to be refused within it does not count
 */
export function registrationsRefused(record: PacketRecord, label: string, away = EVER): Refusals {
  const rows = record.filter(({ sip }) => sip?.callId.startsWith(`${label}-`) && sip.cseqMethod === "REGISTER");
  const challenged = new Set(rows.flatMap(({ sip }) => (sip?.status === 401 ? [sip.callId] : [])));
  const sent = new Map<string, number>();
  const answers = new Map<string, { status: number; time: number }>();
  for (const { sip, time } of rows) {
    if (sip === undefined || sip.cseq !== (challenged.has(sip.callId) ? 2 : 1)) continue;
    if (sip.status === undefined) sent.set(sip.callId, sent.get(sip.callId) ?? time);
    else if (!answers.has(sip.callId)) answers.set(sip.callId, { status: sip.status, time });
  }
  const counted = [...sent].filter(([, time]) => time >= away.from && time + PROMPT_SECONDS <= away.to);
  const prompt = counted.filter(([callId, time]) => {
    const answer = answers.get(callId);
    return answer?.status === 503 && answer.time - time <= PROMPT_SECONDS;
  });
  const acknowledged = [...answers.values()].filter(({ status, time }) => status === 200 && time <= away.to).length;
  return { all: counted.length, acknowledged, late: counted.length - prompt.length };
}
