import { setTimeout as delay } from "node:timers/promises";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { cutPaths, type Cut, type CutKind } from "../faults/cut.ts";
import { networkBounds } from "../bounds/networkBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { dualOwnerMs } from "../evidence/samples.ts";
import { judgeStayed } from "./groupStayed.ts";
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

const GIVE_UP_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;

/** What is lost while the group has to stay. */
export interface Loss {
  readonly step: string;
  readonly cards: readonly string[];
  readonly kind: CutKind;
  readonly on: readonly string[];
  readonly seconds: number;
}

/** Some heartbeats do not arrive, one loss after the other: the group stays, and no call notices. */
export async function lossesBorne(
  tools: FaultTools,
  turn: Turn,
  title: string,
  losses: readonly Loss[],
): Promise<ScenarioReport> {
  const { context } = tools;
  const { active, load, restoration } = turn;
  return measuredScenario(title, tools, { load, active }, async (log, measuring) => {
    const from = Date.now() / 1000;
    for (const { step, cards, kind, on, seconds } of losses) {
      log.step(step);
      const cut = await cutPaths(context, cards, { on, kind });
      restoration.add(step, () => cut.heal());
      measuring.event("fault", step, cut.since);
      await delay(seconds * 1000);
      await cut.heal();
      measuring.event("recovery", "everything arrives again");
      await delay(settleMs(tools));
    }
    await judgeStayed(tools, log, measuring, { active, from });
    log.step(`${active} is still active, and every check passes`);
    const now = await context.healthy(SETTLED_WITHIN_MS);
    if (now !== active) throw new Error(`${now} is active, must be ${active}`);
  });
}

/** Heartbeat answers a healed partition after two seconds, and begins anew within the deadtime. */
function settleMs({ context }: FaultTools): number {
  return 4000 + context.plan.timing.deadtimeMs;
}

/**
 * The standby hears nothing of the active node, which hears it all the time: it takes over, and the active node, which
 * hears that, lets the group go.
 */
export async function unheard(tools: FaultTools, turn: Turn): Promise<ScenarioReport> {
  const { context } = tools;
  const { active: silent, load, restoration } = turn;
  const { plan } = context;
  const survivor = context.peerOf(silent);
  const bounds = networkBounds(plan.timing, plan.verification.tolerance);
  return measuredScenario(
    `${survivor} does not hear ${silent}, without fencing`,
    tools,
    { load, active: silent },
    async (log, measuring) => {
      log.step(`nothing of ${silent} arrives at ${survivor}; the other way everything does`);
      const cut: Cut = await cutPaths(context, cardsOf(tools), { on: [survivor], kind: "deaf" });
      restoration.add("heartbeats one way", () => cut.heal());
      measuring.event("fault", "one way cut", cut.since);
      measuring.event("recovery", `${survivor} serves`, await measuring.serving(survivor, cut.since, GIVE_UP_MS));
      await callAgain(tools, log, measuring, survivor);
      log.step("the record is read");
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, cut.since);
      const move = { way: "death", since: cut.since, from: silent, to: survivor, span } as const;
      await divideOutage(tools, log, measuring, move);
      log.step(`everything arrives again; ${survivor} stays active, ${silent} is standby, and every check passes`);
      await cut.heal();
      measuring.event("step", "everything arrives again");
      await delay(settleMs(tools));
      const now = await context.healthy(SETTLED_WITHIN_MS);
      const samples = plan.nodes.map(({ name }) => measuring.observer.of(name));
      log.measures.push(
        {
          bound: bounds.dualAfterContact,
          measured: dualOwnerMs(samples),
          lookAt: `\`journalctl -u sip-ha-watcher\` on ${silent}, part \`split\``,
        },
        { bound: bounds.takeoverOutage, measured: milliseconds(span), lookAt: `\`engine events\` on ${survivor}` },
        ...(await invariants(tools, measuring, record, { except: context.bounds.dualOwner })),
      );
      log.notes.push(...notes, registrationNote(record));
      log.timelines.push(closeUp(measuring, record, span, plan.floatingIp.address), overview(measuring));
      if (now !== survivor) throw new Error(`${now} is active, must be ${survivor}`);
    },
  );
}

/** The card of every heartbeat path. */
export function cardsOf({ context }: FaultTools): readonly string[] {
  return context.plan.heartbeatPaths.map((path) => path.interface);
}
