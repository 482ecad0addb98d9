import { eventually } from "../../remote/eventually.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { networkBounds } from "../bounds/networkBounds.ts";
import { beginNodeRecord, dropNodeRecord, readNodeRecord } from "../evidence/nodeRecord.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { dualOwnerMs, type Sample } from "../evidence/samples.ts";
import type { Strike } from "./fencedTakeover.ts";
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

/** Far above the bounds: what is late shall be measured, not cut off. */
const GIVE_UP_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;
/** Both serve for so long before they hear each other again. */
const APART_MS = 2000;

/**
 * Without fencing: the active node falls silent but keeps what it has, the other one takes over, and there are two. When
 * they hear each other again, one is left, at once, and it is the one that callers' packets go to.
 */
export async function unfencedSplit(tools: FaultTools, turn: Turn, strike: Strike): Promise<ScenarioReport> {
  const { context } = tools;
  const { active: silent, load, restoration } = turn;
  const { plan } = context;
  const survivor = context.peerOf(silent);
  const bounds = networkBounds(plan.timing, plan.verification.tolerance);
  return measuredScenario(
    `${strike.title}, without fencing`,
    tools,
    { load, active: silent },
    async (log, measuring) => {
      const session = await context.sessions.to(silent);
      restoration.add(`record of ${silent}`, async () => dropNodeRecord(await context.sessions.to(silent)));
      await beginNodeRecord(session, plan);
      log.step(strike.step);
      restoration.add(strike.title, strike.end);
      const since = measuring.event("fault", strike.title, await strike.begin());
      log.step(`${survivor} takes over, and ${silent} does not know`);
      measuring.event("step", `${survivor} serves, too`, await measuring.serving(survivor, since, GIVE_UP_MS));
      await new Promise((resolve) => setTimeout(resolve, APART_MS));
      log.step("they hear each other again: one lets the group go");
      // the order to heal comes before the contact, so nothing of what follows is left out
      const contact = measuring.event("step", "contact", Date.now() / 1000);
      await strike.end();
      const one = await oneHolder(tools, [silent, survivor]);
      measuring.event("recovery", `${one} alone has the group`);
      await callAgain(tools, log, measuring, one);
      log.step("the record is read");
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, since);
      await divideOutage(tools, log, measuring, { way: "death", since, from: silent, to: survivor, span });
      log.step(`${survivor} stays active, ${silent} is standby, and every check passes`);
      const now = await context.healthy(SETTLED_WITHIN_MS);
      const held = await readNodeRecord(await context.sessions.to(silent));
      measuring.observer.replace(silent, held);
      log.measures.push(
        ...split({ bounds, contact, silent: held, survivor: measuring.observer.of(survivor) }, log.notes),
        {
          bound: bounds.takeoverOutage,
          measured: milliseconds(span),
          lookAt: `\`engine events\` on ${survivor}`,
        },
        ...(await invariants(tools, measuring, record, { except: context.bounds.dualOwner })),
      );
      log.notes.push(...notes, registrationNote(record));
      log.timelines.push(closeUp(measuring, record, span, plan.floatingIp.address), overview(measuring));
      if (now !== survivor) throw new Error(`${now} is active, must be ${survivor}, which took the group later`);
    },
  );
}

interface Held {
  readonly bounds: ReturnType<typeof networkBounds>;
  readonly contact: number;
  readonly silent: readonly Sample[];
  readonly survivor: readonly Sample[];
}

/** How long there were two, after contact and altogether. */
export function split({ bounds, contact, silent, survivor }: Held, notes: string[]): Measure[] {
  const after = (samples: readonly Sample[]): readonly Sample[] => samples.filter(({ time }) => time >= contact);
  const took = survivor.find(({ address }) => address)?.time ?? contact;
  const left = silent.find(({ address, time }) => !address && time > took)?.time ?? silent.at(-1)?.time ?? took;
  const whole = Math.max(0, left - took) * 1000;
  notes.push(`two nodes had the floating IP for ${Math.round(whole)} ms, from the takeover until one let it go`);
  return [
    {
      bound: bounds.dualAfterContact,
      measured: dualOwnerMs([after(silent), after(survivor)]),
      lookAt: "`journalctl -u sip-ha-watcher` on both nodes, part `split`",
    },
  ];
}

/** Waits until the nodes themselves say that one has the group and the other has not. */
async function oneHolder({ context }: FaultTools, nodes: readonly string[]): Promise<string> {
  const holds = `ip -4 -o addr show to ${context.plan.floatingIp.address}/32`;
  return eventually(
    "exactly one node holds the floating IP",
    async () => {
      const held = await Promise.all(
        nodes.map(async (node) => {
          const session = await context.sessions.to(node);
          return (await session.must("ask for the floating IP", holds)) === "" ? [] : [node];
        }),
      );
      const [one, ...others] = held.flat();
      if (one !== undefined && others.length === 0) return { met: true, value: one };
      return { met: false, seen: `held by ${held.flat().join(" and ") || "nobody"}` };
    },
    { withinMs: GIVE_UP_MS, everyMs: 100 },
  );
}
