import { eventually } from "../../remote/eventually.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import type { ScenarioReport } from "../report/report.ts";
import { contactUnknown } from "./call.ts";
import { fenceTime } from "./fencedTakeover.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage } from "./moved.ts";
import {
  callAgain,
  closeUp,
  invariants,
  type Measuring,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import { later } from "./powerOff.ts";

/** Far above every bound: what is late shall be measured, not cut off. */
const GIVE_UP_MS = 60_000;
const SETTLED_WITHIN_MS = 90_000;

/** Whom of Heartbeat's processes the signal strikes, as systemctl(1) calls them. */
export type Struck = "all" | "main";

/** Heartbeat dies on the active node: the group is dropped there, and ends on exactly one node. */
export async function heartbeatKilled(tools: FaultTools, turn: Turn, struck: Struck): Promise<ScenarioReport> {
  const { context } = tools;
  const { active: victim, load } = turn;
  const nodes = context.plan.nodes.map(({ name }) => name);
  const whom = struck === "all" ? "every process of Heartbeat" : "Heartbeat's master control process";
  return measuredScenario(`${whom} killed on ${victim}`, tools, { load, active: victim }, async (log, measuring) => {
    log.step(`${whom} on ${victim}, which is active, is killed`);
    const session = await context.sessions.to(victim);
    const at = measuring.event("fault", `${whom} killed`);
    await session.must("kill Heartbeat", `sudo -n systemctl kill --kill-who=${struck} --signal=KILL heartbeat.service`);
    const dropped = await letsGo(measuring, victim, at);
    measuring.event("step", `${victim} has let the floating IP go`, dropped);
    const { node: owner, time: served } = await measuring.oneServes(nodes, dropped, GIVE_UP_MS);
    measuring.event("recovery", `${owner} serves`, served);
    await callAgain(tools, log, measuring, owner);
    log.step("the record is read");
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, at);
    await divideOutage(tools, log, measuring, { way: "dropped", since: at, from: victim, to: owner, span });
    // with a fencing device a node whose Heartbeat is silent is shot
    const fenceMs = owner === victim ? 0 : await fenceTime(tools, owner);
    log.measures.push(
      {
        bound: later(context.bounds.powerOffOutage, fenceMs),
        measured: milliseconds(span),
        lookAt: `\`engine events\` on ${nodes.join(" and ")}`,
      },
      contactUnknown(record, tools, at),
    );
    log.notes.push(
      `${victim} let the floating IP go ${Math.round((dropped - at) * 1000)} ms after the kill, ${owner} has it now`,
      ...notes,
      registrationNote(record),
    );
    log.timelines.push(closeUp(measuring, record, span, context.plan.floatingIp.address));
    log.step(`${owner} stays active, the other node is standby, and every check passes`);
    if (fenceMs > 0) context.sessions.drop(victim);
    const now = await context.healthy(SETTLED_WITHIN_MS);
    log.measures.push(...(await invariants(tools, measuring, record)));
    log.timelines.push(overview(measuring));
    if (now !== owner) throw new Error(`${now} is active, must be ${owner}`);
  });
}

/** Waits for a look at which a node does not hold the floating IP; seconds since 1970 of that look. */
export async function letsGo(measuring: Measuring, node: string, since: number): Promise<number> {
  return eventually(
    `${node} has let the floating IP go`,
    () => {
      const found = measuring.observer.of(node).find((sample) => sample.time > since && !sample.address);
      return Promise.resolve(found ? { met: true, value: found.time } : { met: false, seen: "it still holds it" });
    },
    { withinMs: GIVE_UP_MS, everyMs: 20 },
  );
}
