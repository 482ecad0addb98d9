import { TRIAL_START } from "../../activate/nodes.ts";
import type { Session } from "../../remote/session.ts";
import { pushBounds } from "../bounds/pushBounds.ts";
import type { Turn } from "../catalogue/entry.ts";
import { type FaultTools, powerOf } from "../context.ts";
import { agree, type Begun, differ, differences, push, type Pushed } from "../faults/push.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { fenceTime } from "./fencedTakeover.ts";
import { callAgain, invariants, Measuring, milliseconds, overview, probeFindings } from "./measuring.ts";
import { divideOutage } from "./moved.ts";
import { comeBack, judgeTakeover } from "./powerOff.ts";
import { runScenario, type ScenarioLog } from "./scenario.ts";

/** Far above the bound: a late takeover shall be measured, not cut off. */
const GIVE_UP_MS = 15_000;
/** The probe goes on through the return of the node and the second push. */
const PROBED_FOR_S = 280;
const SETTLED_WITHIN_MS = 45_000;
const FAILOVER = "a failover came in between";

/** The active node dies while a push tries a change on the standby: that stops, and the next one converges. */
export async function pushDuringFailover(
  tools: FaultTools,
  { active: victim, load, restoration }: Turn,
): Promise<ScenarioReport> {
  const { context } = tools;
  const survivor = context.peerOf(victim);
  const power = powerOf(tools, victim);
  const measuring = new Measuring(tools, PROBED_FOR_S);
  let first: Stopped | undefined;
  return runScenario(`power-off of ${victim} during a push`, context, async (log) => {
    try {
      log.step(
        "a file of Heartbeat differs on both nodes: to put it back takes a restart of each, one after the other",
      );
      restoration.add("the file of Heartbeat", () => agree(context));
      await differ(context);
      const heartbeat = await heartbeatOf(await context.sessions.to(survivor));
      log.step(`a push comes to the trial start on ${survivor}, the standby`);
      first = await stoppedAt(tools, { host: survivor, step: TRIAL_START });
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, victim);
      log.step(`the push goes on, and the power of ${victim}, which is active, is cut`);
      restoration.add(`power of ${victim}`, async () => {
        await power.on();
        await context.recovered(context.bounds.returnAsStandby.limit);
      });
      const ordered = measuring.event("fault", "power cut ordered");
      first.goOn();
      measuring.event("step", `${victim} confirmed dead`, await power.off());
      context.sessions.drop(victim);
      await measuring.serving(survivor, ordered, GIVE_UP_MS);
      const alone = await context.sessions.to(survivor);
      const daemons = [heartbeat, ...(await groupOf(alone))];
      await callAgain(tools, log, measuring, survivor);
      log.step("the push has stopped by itself, without a restart");
      const outcome = await first.outcome;
      const touched = differing(daemons, [await heartbeatOf(alone), ...(await groupOf(alone))]);
      const fenceMs = await fenceTime(tools, survivor);
      log.measures.push({
        bound: pushBounds.restartsAlone,
        measured: touched,
        lookAt: `\`engine events\` on ${survivor}`,
      });
      log.notes.push(`the push said: ${refusalOf(outcome)}`);
      await comeBack(tools, log, measuring, { victim, survivor, power });
      const again = await pushAgain(tools, log, measuring, { standby: victim, active: survivor });
      log.step("the record is read");
      const record = await measuring.finish();
      const around = record.filter(({ time }) => time < again);
      const takeover = judgeTakeover(tools, log, measuring, { record: around, ordered, victim, survivor, fenceMs });
      await divideOutage(tools, log, measuring, {
        way: "death",
        since: ordered,
        from: victim,
        to: survivor,
        ...takeover,
      });
      const since = record.filter(({ time }) => time > again - 1);
      const { span, notes } = probeFindings(since, again);
      log.measures.push(
        {
          bound: context.bounds.switchoverOutage,
          measured: milliseconds(span),
          lookAt: `\`engine events\` on ${victim}`,
        },
        ...(await invariants(tools, measuring, record)),
      );
      log.notes.push(...notes.map((note) => `from the second push on: ${note}`));
      log.timelines.push(overview(measuring));
    } finally {
      first?.goOn();
      await first?.outcome;
      log.notes.push(...measuring.troubles);
      await measuring.stop();
    }
  });
}

/** A push that waits before one of its steps until it is told to go on. */
interface Stopped {
  readonly goOn: () => void;
  readonly outcome: Promise<Pushed>;
}

/** @throws Error when the push ended without coming to that step */
async function stoppedAt({ context }: FaultTools, where: Begun): Promise<Stopped> {
  let arrive = (): void => undefined;
  let goOn = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const told = new Promise<void>((resolve) => (goOn = resolve));
  const outcome = push(context, async ({ host, step }) => {
    if (host !== where.host || step !== where.step) return;
    arrive();
    await told;
  });
  const ended = await Promise.race([arrived, outcome]);
  if (ended) throw new Error(`the push did not come to it: ${ended.refusal ?? "it found nothing to do"}`);
  return { goOn, outcome };
}

/** @throws Error when the push did not stop because of the failover */
function refusalOf({ refusal }: Pushed): string {
  if (refusal?.includes(FAILOVER)) return refusal.replaceAll("\n", " ");
  throw new Error(`the push must stop since ${FAILOVER}, got: ${refusal ?? "it ended well"}`);
}

/** Both nodes are well again: the same push takes the change up. Answers when it began, in seconds since 1970. */
async function pushAgain(
  { context }: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  { standby, active }: { readonly standby: string; readonly active: string },
): Promise<number> {
  log.step(`the push runs again: ${standby} first, then one switchover, then ${active}`);
  const began = measuring.event("step", "the push runs again");
  const { begun, refusal } = await push(context);
  measuring.event("step", "the push has ended");
  if (refusal !== undefined) throw new Error(refusal);
  log.step(`${standby} is active, and every check passes`);
  const owner = await context.healthy(SETTLED_WITHIN_MS);
  if (owner !== standby)
    throw new Error(`${owner} is active, must be ${standby}: the change goes to the standby first`);
  log.measures.push(...(await judgeConverged(context.sessions, begun, [standby, active])));
  return began;
}

async function judgeConverged(
  sessions: FaultTools["context"]["sessions"],
  begun: readonly Begun[],
  order: readonly string[],
): Promise<readonly Measure[]> {
  const restarted = begun.filter(({ step }) => step === "restart heartbeat").map(({ host }) => host);
  const left = await Promise.all(order.map(async (node) => differences(await sessions.to(node))));
  return [
    {
      bound: pushBounds.restartsTogether,
      measured: differing(order, restarted),
      lookAt: `the restarts were on ${restarted.join(", ") || "nobody"}`,
    },
    { bound: pushBounds.leftOver, measured: left.flat().length, lookAt: left.flat().join("; ") || "`npm run drift`" },
  ];
}

async function heartbeatOf(session: Session): Promise<string> {
  return (await processes(session, ["heartbeat"])).join();
}

async function groupOf(session: Session): Promise<readonly string[]> {
  return processes(session, ["sip-ha-proxy", "sip-ha-relay"]);
}

/** The main process of each unit; `0` of one that does not run. */
async function processes(session: Session, units: readonly string[]): Promise<readonly string[]> {
  const shown = units.map((unit) => `systemctl show -p MainPID --value ${unit}.service`).join("; ");
  return (await session.must("ask which processes run", shown)).trim().split("\n");
}

/** At how many places two lists differ. */
function differing(left: readonly string[], right: readonly string[]): number {
  const longer = left.length > right.length ? left : right;
  return longer.filter((_, index) => left[index] !== right[index]).length;
}
