import { all } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import { fencingBounds } from "../bounds/fencingBounds.ts";
import { machineBounds } from "../bounds/machineBounds.ts";
import type { Turn } from "../catalogue/entry.ts";
import { type FaultTools, powerOf } from "../context.ts";
import { type FenceOrder, fenceOrders } from "../evidence/fenceOrders.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { hadGroup, powerOffAll } from "./bothDead.ts";
import { contactUnknown } from "./call.ts";
import { backAsStandby } from "./comeBack.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage } from "./moved.ts";
import { callAgain, invariants, type Measuring, overview, probeFindings, registrationNote } from "./measuring.ts";

/** Far above the bound: late service shall be measured, not cut off. */
const GIVE_UP_MS = 180_000;

/**
 * Both nodes lose their power, and only the one that was standby gets it back: it waits out initdead, has the other one
 * fenced, and serves.
 *
 * @param fence the machine that is the lab's device
 */
export async function bootsAlone(
  tools: FaultTools,
  { active: absent, load, restoration }: Turn,
  fence: string,
): Promise<ScenarioReport> {
  const { context } = tools;
  const alone = context.peerOf(absent);
  const nodes = [alone, absent];
  // the phone of that call repeats its BYE for ten seconds, which is less than a boot; the calls in every state wait
  const givenUp = context.bounds.openCallsWithoutBye;
  return measuredScenario(`${alone} boots alone`, tools, { load, active: absent }, async (log, measuring) => {
    restoration.add("power of both nodes", async () => {
      await all(nodes.map((node) => powerOf(tools, node).on()));
      await context.recovered(context.bounds.returnAsStandby.limit);
    });
    const died = await powerOffAll(tools, log, measuring, { nodes, oneByOne: false });
    log.step(`${alone} alone gets its power back`);
    const on = measuring.event("step", `${alone} powered on`);
    await powerOf(tools, alone).on();
    const session = await context.sessions.to(alone, context.bounds.returnAsStandby.limit);
    await measuring.observer.watch(session);
    log.step(`${alone} waits out initdead, has ${absent} fenced, and serves`);
    const served = measuring.event("recovery", `${alone} serves`, await measuring.serving(alone, on, GIVE_UP_MS));
    const started = measuring.event("step", `Heartbeat of ${alone} starts`, await heartbeatStarted(session));
    await callAgain(tools, log, measuring, alone);
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, died);
    const move = { way: "alone", since: died, from: absent, to: alone, powered: on, span } as const;
    await divideOutage(tools, log, measuring, move);
    log.step(`${absent} has its power again and is standby, ${alone} stays active, and every check passes`);
    await powerOf(tools, absent).on();
    await backAsStandby(tools, measuring, absent);
    const orders = await fenceOrders(await context.sessions.to(fence), died);
    for (const order of orders) measuring.event("step", told(order), order.came);
    const open = measuring.openCalls.judge(record, absent);
    log.measures.push(
      ...judge(tools, measuring, {
        alone,
        absent,
        orders,
        fenceMs: await confirmedAfterMs(session),
        on,
        started,
        served,
      }),
      contactUnknown(record, tools, died),
      ...open.measures,
      ...(await invariants(tools, measuring, record, { except: givenUp })),
    );
    const waited = orders.map(
      ({ came }) => `the order came ${Math.round((came - started) * 1000)} ms after Heartbeat's start`,
    );
    log.notes.push(...orders.map(told), ...waited, ...notes, registrationNote(record), ...open.notes);
    log.timelines.push(overview(measuring));
  });
}

interface Alone {
  readonly alone: string;
  readonly absent: string;
  /** What the device was told while nobody served and until every check passed. */
  readonly orders: readonly FenceOrder[];
  /** What the order took in the eyes of the node that gave it, in milliseconds. */
  readonly fenceMs: number;
  /** When the node alone got its power, its Heartbeat started, and it served, in seconds since 1970. */
  readonly on: number;
  readonly started: number;
  readonly served: number;
}

function judge(tools: FaultTools, measuring: Measuring, found: Alone): readonly Measure[] {
  const { alone, absent, orders, fenceMs, on, started, served } = found;
  const { fencing, timing, verification } = tools.context.plan;
  const [order] = orders.filter(({ node, confirmed }) => node === absent && confirmed);
  if (order === undefined) throw new Error(`${alone} serves, and the device confirmed no order to fence ${absent}`);
  const timeoutMs = fencing.kind === "none" ? 0 : fencing.timeoutMs;
  const { otherOwners } = machineBounds(timing, verification.tolerance);
  const bounds = fencingBounds(timing, { fenceMs, timeoutMs }, verification.tolerance);
  const first = Math.min(...orders.map(({ came }) => came));
  const tooSoon = measuring.observer
    .of(alone)
    .some(({ address, time }) => address && time > on && time < order.answered);
  const lookAt = `\`engine events\` on ${alone}, and \`journalctl -t fence-device\` on the fence machine`;
  return [
    { bound: bounds.orderTooEarly, measured: Math.max(0, timing.initdeadMs - (first - started) * 1000), lookAt },
    { bound: bounds.orders, measured: orders.filter((each) => each !== order).length, lookAt },
    { bound: bounds.takeoversUnconfirmed, measured: tooSoon ? 1 : 0, lookAt },
    { bound: bounds.serviceAlone, measured: (served - on) * 1000, lookAt },
    { bound: otherOwners, measured: hadGroup(measuring, absent, on) ? 1 : 0, lookAt },
  ];
}

/** @throws Error when the node's last order was not confirmed by its device */
async function confirmedAfterMs(session: Session): Promise<number> {
  const view = await engine.fenceStatus(session);
  const order = view.configured ? view.order : null;
  if (order?.result !== "ok") throw new Error(`${session.name} tells of no confirmed order: ${JSON.stringify(view)}`);
  return order.tookMs;
}

/** When a node's Heartbeat was started, in seconds since 1970. */
async function heartbeatStarted(session: Session): Promise<number> {
  const show = "systemctl show --value --timestamp=us+utc -p ExecMainStartTimestamp heartbeat.service";
  return Number(await session.must("ask when Heartbeat started", `date +%s.%N -d "$(${show})"`));
}

function told({ node, words, came, answered, confirmed }: FenceOrder): string {
  const took = `${Math.round((answered - came) * 1000)} ms`;
  const end = confirmed ? `confirmed after ${took}` : "refused";
  return `the device was told \`${words}\` of ${node}${words === "power 1" ? ", which was off already" : ""}: ${end}`;
}
