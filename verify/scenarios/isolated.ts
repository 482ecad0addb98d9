import { setTimeout as delay } from "node:timers/promises";
import type { ClusterPlan } from "../../config/plan.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { isolate } from "../faults/isolation.ts";
import { networkBounds } from "../bounds/networkBounds.ts";
import { beginNodeRecord, dropNodeRecord, readNodeRecord } from "../evidence/nodeRecord.ts";
import type { ScenarioReport } from "../report/report.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage } from "./moved.ts";
import {
  callAgain,
  closeUp,
  invariants,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import { split } from "./unfencedSplit.ts";

const GIVE_UP_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;

/**
 * Longer than the other node needs to take over, and than this one may take to let the group go: when the cables are back
 * it would do so for another reason.
 */
export function isolationSeconds({ timing, verification }: ClusterPlan): number {
  const { letGoAlone } = networkBounds(timing, verification.tolerance);
  return Math.min(120, Math.ceil(Math.max(timing.deadtimeMs + 15_000, letGoAlone.limit + 5000) / 1000));
}

/** Every cable of the active node is pulled: it lets the group go by itself, the other one takes over. */
export async function isolated(tools: FaultTools, turn: Turn, cards: readonly string[]): Promise<ScenarioReport> {
  const { context } = tools;
  const { active: alone, load, restoration } = turn;
  const { plan } = context;
  const survivor = context.peerOf(alone);
  const bounds = networkBounds(plan.timing, plan.verification.tolerance);
  return measuredScenario(`${alone} isolated`, tools, { load, active: alone }, async (log, measuring) => {
    log.step(`every cable of ${alone}, which is active, is pulled; it notes itself what it holds`);
    const session = await context.sessions.to(alone);
    restoration.add(`record of ${alone}`, async () => dropNodeRecord(await context.sessions.to(alone, GIVE_UP_MS)));
    await beginNodeRecord(session, plan);
    const { since, until } = await isolate(session, cards, isolationSeconds(plan));
    measuring.event("fault", "isolated", since);
    context.sessions.drop(alone);
    measuring.event("recovery", `${survivor} serves`, await measuring.serving(survivor, since, GIVE_UP_MS));
    await callAgain(tools, log, measuring, survivor);
    log.step("the record is read");
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, since);
    await divideOutage(tools, log, measuring, { way: "death", since, from: alone, to: survivor, span });
    log.step("the cables are put back");
    await delay(Math.max(0, until * 1000 - Date.now()));
    measuring.event("step", "contact", until);
    await context.sessions.to(alone, GIVE_UP_MS);
    log.step(`${survivor} stays active, ${alone} is standby, and every check passes`);
    const now = await context.healthy(SETTLED_WITHIN_MS);
    const held = await readNodeRecord(await context.sessions.to(alone));
    measuring.observer.replace(alone, held);
    const left = held.find(({ time, address }) => time > since && !address)?.time ?? Infinity;
    const lookAt = `\`engine supervision\` and \`engine events\` on ${alone}, part \`gateway\``;
    log.measures.push(
      { bound: bounds.letGoAlone, measured: (left - since) * 1000, lookAt },
      ...split({ bounds, contact: until, silent: held, survivor: measuring.observer.of(survivor) }, log.notes),
      { bound: bounds.takeoverOutage, measured: milliseconds(span), lookAt: `\`engine events\` on ${survivor}` },
      ...(await invariants(tools, measuring, record, { except: context.bounds.dualOwner })),
    );
    log.notes.push(...notes, registrationNote(record));
    log.timelines.push(closeUp(measuring, record, span, plan.floatingIp.address), overview(measuring));
    if (now !== survivor) throw new Error(`${now} is active, must be ${survivor}`);
  });
}
