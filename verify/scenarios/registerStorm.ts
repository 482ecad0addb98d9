import { eventually } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import { PORTS } from "../phones/caller.ts";
import type { FaultTools } from "../context.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { phonesReady, shortCallNotes, tellTrouble } from "./call.ts";
import { daemonsOf } from "./measuring.ts";
import { runScenario } from "./scenario.ts";

/** Users that register at once; so many, so fast, from one address. */
export const STORM_USERS = 1000;
const STORM_PER_SECOND = 300;
const SHORT_CALLS = { label: "short", port: PORTS.calls, lengthMs: 300, count: 30, perSecond: 10 } as const;
const MOVED_WITHIN_MS = 30_000;

/** After a planned switchover everybody registers anew, at once: nobody is refused, and calls go through. */
export async function registerStorm(tools: FaultTools, active: string, users: string): Promise<ScenarioReport> {
  const { context, phones } = tools;
  const { caller } = phones;
  const next = context.peerOf(active);
  return runScenario("register storm", context, async (log) => {
    await phonesReady(tools);
    log.step(`${STORM_USERS} users register; the group moves to ${next}`);
    await caller.register("before", users, PORTS.load, STORM_PER_SECOND);
    await engine.standby(await context.sessions.to(active));
    await takenBy(tools, next);
    const serving = await context.sessions.to(next);
    const before = await daemonsOf(serving);
    await caller.startRecord();
    log.step(`all of them register anew, ${STORM_PER_SECOND} a second, while others call`);
    const pair = { from: phones.callingUser, to: phones.calledUser };
    const troubles = await Promise.all([
      tellTrouble(caller.register("storm", users, PORTS.load, STORM_PER_SECOND)),
      tellTrouble(caller.call({ ...pair, ...SHORT_CALLS })),
    ]);
    log.step("the record is read");
    const record = await caller.stopRecord();
    const short = shortCallNotes(record, context.plan.floatingIp.address);
    const found = stormFindings(record, "storm");
    const touched = Number((await daemonsOf(serving)) !== before);
    log.measures.push(...(await judge(tools, found, { failed: short.failed, touched })));
    log.notes.push(
      ...troubles.flat(),
      `${found.users} users, ${found.repeated} of their requests were sent more than once`,
      short.note,
    );
  });
}

async function takenBy({ context }: FaultTools, node: string): Promise<void> {
  const session = await context.sessions.to(node);
  await eventually(
    `${node} has the group`,
    async () => {
      const { role } = await engine.owner(session);
      return role === "active" ? { met: true, value: undefined } : { met: false, seen: role };
    },
    { withinMs: MOVED_WITHIN_MS, everyMs: 100 },
  );
}

async function judge(
  { context, phones }: FaultTools,
  found: StormFindings,
  { failed, touched }: { readonly failed: number; readonly touched: number },
): Promise<Measure[]> {
  const { bounds } = context;
  const lookAt = "rateLimit of the stack file, `journalctl -u sip-ha-proxy` on the active node";
  const kept = await phones.table.registered();
  const missing = found.acknowledged.filter((user) => !kept.has(user)).length;
  return [
    { bound: bounds.stormUnregistered, measured: STORM_USERS - found.acknowledged.length, lookAt },
    { bound: bounds.stormRefused, measured: found.refused, lookAt },
    { bound: bounds.stormLasts, measured: found.lastsMs, lookAt },
    { bound: bounds.lostRegistrations, measured: missing, lookAt: "table location on the database host" },
    { bound: bounds.stormCalls, measured: failed, lookAt },
    { bound: bounds.daemonsTouched, measured: touched, lookAt: `\`engine supervision\` on the active node` },
  ];
}

/** What became of REGISTERs that were sent at once. */
export interface StormFindings {
  /** Users of whom a REGISTER was sent. */
  readonly users: number;
  /** Whose REGISTER was answered with 200. */
  readonly acknowledged: readonly string[];
  /** Answers that are neither 200 nor a challenge. */
  readonly refused: number;
  /** Requests that were sent again because no answer had come. */
  readonly repeated: number;
  /** From the first REGISTER to the last 200, in milliseconds. */
  readonly lastsMs: number;
}

/** The REGISTERs whose Call-IDs begin with `label`. */
export function stormFindings(record: PacketRecord, label: string): StormFindings {
  const rows = record.flatMap(({ sip, time }) =>
    sip?.callId.startsWith(`${label}-`) && sip.cseqMethod === "REGISTER" ? [{ ...sip, time }] : [],
  );
  const requests = rows.filter(({ status }) => status === undefined);
  const good = rows.filter(({ status }) => status === 200);
  const refused = rows.filter(({ status }) => status !== undefined && status >= 300 && status !== 401);
  const distinct = new Set(requests.map(({ callId, cseq }) => `${callId} ${cseq}`));
  const began = requests[0]?.time ?? 0;
  return {
    users: new Set(requests.map(({ toUser }) => toUser)).size,
    acknowledged: [...new Set(good.map(({ toUser }) => toUser))],
    refused: refused.length,
    repeated: requests.length - distinct.size,
    lastsMs: ((good.at(-1)?.time ?? began) - began) * 1000,
  };
}
