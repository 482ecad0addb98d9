import { setTimeout as sleep } from "node:timers/promises";
import { PORTS } from "../caller.ts";
import type { FaultTools } from "../context.ts";
import { OpenCalls } from "../openCalls/openCalls.ts";
import type { PacketRecord } from "../record.ts";
import type { ScenarioReport } from "../report.ts";
import type { Restoration } from "../restoration.ts";
import { tellTrouble } from "./call.ts";
import { runScenario } from "./scenario.ts";

/** A call that rings is answered within this time, in milliseconds; the database cannot be asked meanwhile. */
const ANSWERED_MS = 1000;
const REGISTERS_PER_SECOND = 20;
/** A refusal that takes longer is one too late (row 18), in seconds. */
const PROMPT_SECONDS = 1;

interface Surroundings {
  readonly active: string;
  /** Pattern of the users that try to register meanwhile. */
  readonly load: string;
  readonly restoration: Restoration;
}

/** The database stops: calls go on, nobody is told to be registered, and the accounting is complete when it is back. */
export async function databaseDown(
  tools: FaultTools,
  { active, load, restoration }: Surroundings,
): Promise<ScenarioReport> {
  const { context, phones } = tools;
  const { bounds, plan } = context;
  const openCalls = new OpenCalls(tools);
  const database = await context.sessions.to(plan.database.machine.name);
  const start = async (): Promise<void> => {
    await database.must("start the database", "sudo -n systemctl start mariadb", { timeoutMs: 60_000 });
  };
  return runScenario("database down", context, async (log) => {
    await phones.caller.startRecord();
    log.step("calls in every state are there");
    await openCalls.begin(active);
    log.step("the database stops");
    restoration.add("start the database", start);
    await database.must("stop the database", "sudo -n systemctl stop mariadb", { timeoutMs: 60_000 });
    log.step("phones of open calls re-INVITE and hang up; calls that ring are answered or given up; others register");
    const trouble = tellTrouble(phones.caller.register("load", load, PORTS.load, REGISTERS_PER_SECOND));
    await openCalls.command(active, () => sleep(ANSWERED_MS));
    log.notes.push(...(await trouble));
    log.step("the database is back, and has every call with its end");
    await start();
    await openCalls.conclude();
    const record = await phones.caller.stopRecord();
    const open = openCalls.judge(record, active);
    const refusals = registrationsRefused(record, "load");
    const log503 = `\`journalctl -u sip-ha-proxy\` on ${active}`;
    log.measures.push(
      ...open.measures,
      { bound: bounds.falselyRegistered, measured: refusals.acknowledged, lookAt: log503 },
      { bound: bounds.refusalsLate, measured: refusals.late, lookAt: log503 },
    );
    log.notes.push(...open.notes, `${refusals.all} phones tried to register while the database was down`);
  });
}

/** What became of REGISTERs that only the database could have taken. */
export interface Refusals {
  readonly all: number;
  /** Answered with 200. */
  readonly acknowledged: number;
  /** Answered with anything else than 503, later than a second after the first was sent, or not at all. */
  readonly late: number;
}

/** The REGISTERs under a label, one for each phone: the first, or that with credentials where the first was challenged. */
export function registrationsRefused(record: PacketRecord, label: string): Refusals {
  const rows = record.filter(({ sip }) => sip?.callId.startsWith(`${label}-`) && sip.cseqMethod === "REGISTER");
  const challenged = new Set(rows.flatMap(({ sip }) => (sip?.status === 401 ? [sip.callId] : [])));
  const sent = new Map<string, number>();
  const answers = new Map<string, { status: number; after: number }>();
  for (const { sip, time } of rows) {
    if (sip === undefined || sip.cseq !== (challenged.has(sip.callId) ? 2 : 1)) continue;
    if (sip.status === undefined) sent.set(sip.callId, sent.get(sip.callId) ?? time);
    else if (!answers.has(sip.callId)) {
      answers.set(sip.callId, { status: sip.status, after: time - (sent.get(sip.callId) ?? time) });
    }
  }
  const prompt = [...answers.values()].filter(({ status, after }) => status === 503 && after <= PROMPT_SECONDS).length;
  const acknowledged = [...answers.values()].filter(({ status }) => status === 200).length;
  return { all: sent.size, acknowledged, late: sent.size - prompt };
}
