import { all } from "../../remote/eventually.ts";
import type { Turn } from "../catalogue/entry.ts";
import { type FaultTools, powerOf } from "../context.ts";
import { machineBounds } from "../bounds/machineBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { contactUnknown } from "./call.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage } from "./moved.ts";
import { callAgain, invariants, type Measuring, overview, probeFindings, registrationNote } from "./measuring.ts";
import type { ScenarioLog } from "./scenario.ts";
import { tellsOfPartner } from "./standbyDead.ts";

/** Far above the bound: late service shall be measured, not cut off. */
const GIVE_UP_MS = 180_000;
/** How much later the second node gets its power, where they do not get it together. */
const APART_MS = 3000;

export interface BothDead {
  readonly title: string;
  /** The standby dies first and is missed, then the active node; they also come back in this order. */
  readonly oneByOne: boolean;
}

/** Both nodes lose their power and get it back: one of them serves, with the contacts and calls of before. */
export async function bothDead(
  tools: FaultTools,
  { active, load, restoration }: Turn,
  { title, oneByOne }: BothDead,
): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = machineBounds(timing, verification.tolerance);
  const nodes = [context.peerOf(active), active];
  // the phone of that call repeats its BYE for ten seconds, which is less than a boot; the calls in every state wait
  const givenUp = context.bounds.openCallsWithoutBye;
  return measuredScenario(title, tools, { load, active }, async (log, measuring) => {
    restoration.add("power of both nodes", async () => {
      await all(nodes.map((node) => powerOf(tools, node).on()));
      await context.recovered(context.bounds.returnAsStandby.limit);
    });
    const died = await powerOffAll(tools, log, measuring, { nodes, oneByOne });
    log.step(`${nodes.join(", ")} get their power back ${oneByOne ? `${APART_MS / 1000} s apart` : "together"}`);
    const on = measuring.event("step", "power is back");
    await powerOnAll(tools, measuring, { nodes, oneByOne });
    const served = await Promise.any(nodes.map((node) => measuring.serving(node, on, GIVE_UP_MS)));
    measuring.event("recovery", "one node serves", served);
    log.step("one of them is active, the other standby, and every check passes");
    const owner = await context.healthy(context.bounds.returnAsStandby.limit);
    const healthy = measuring.event("recovery", `${owner} is active`);
    await callAgain(tools, log, measuring, owner);
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, died);
    await divideOutage(tools, log, measuring, {
      way: "reboot",
      since: died,
      from: active,
      to: owner,
      powered: on,
      span,
    });
    const others = nodes.filter((node) => node !== owner && hadGroup(measuring, node, on));
    const events = "`engine events` on both nodes";
    const open = measuring.openCalls.judge(record, active);
    log.measures.push(
      { bound: bounds.serviceAfterBoot, measured: (served - on) * 1000, lookAt: events },
      { bound: bounds.otherOwners, measured: others.length, lookAt: events },
      { bound: context.bounds.returnAsStandby, measured: (healthy - on) * 1000, lookAt: events },
      contactUnknown(record, tools, died),
      ...open.measures,
      ...(await invariants(tools, measuring, record, { except: givenUp })),
    );
    log.notes.push(...notes, registrationNote(record), ...open.notes);
    log.timelines.push(overview(measuring));
  });
}

interface Together {
  /** The standby first. */
  readonly nodes: readonly string[];
  readonly oneByOne: boolean;
}

/** Answers when nobody served any more, in seconds since 1970. */
export async function powerOffAll(
  tools: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  { nodes, oneByOne }: Together,
): Promise<number> {
  const off = async (node: string): Promise<number> => {
    measuring.event("fault", `power of ${node} cut`);
    const died = await powerOf(tools, node).off();
    tools.context.sessions.drop(node);
    return died;
  };
  const [standby = "", active = ""] = nodes;
  if (!oneByOne) {
    log.step(`${nodes.join(" and ")} lose their power together`);
    return Math.max(...(await all(nodes.map(off))));
  }
  log.step(`${standby}, which is standby, loses its power; ${active} raises an alarm`);
  await off(standby);
  await tellsOfPartner(tools, active, (fault) => fault !== "");
  log.step(`${active}, which is active, loses its power as well: nobody serves`);
  return off(active);
}

async function powerOnAll({ context, power }: FaultTools, measuring: Measuring, { nodes, oneByOne }: Together) {
  const { limit } = context.bounds.returnAsStandby;
  await all(
    nodes.map(async (node, index) => {
      if (oneByOne) await new Promise((resolve) => setTimeout(resolve, index * APART_MS));
      await power(node)?.on();
      await measuring.observer.watch(await context.sessions.to(node, limit));
    }),
  );
}

/** Whether a node had the group at any look since. */
export function hadGroup(measuring: Measuring, node: string, since: number): boolean {
  return measuring.observer.of(node).some(({ address, time }) => address && time > since);
}
