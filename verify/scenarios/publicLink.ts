import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { isolate, putBack } from "../faults/isolation.ts";
import { networkBounds } from "../bounds/networkBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { contactUnknown } from "./call.ts";
import { returns } from "./daemons.ts";
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

const GIVE_UP_MS = 30_000;
const SETTLED_WITHIN_MS = 60_000;
/** Put back by itself after this, should nobody come to do it. */
const LONGEST_SECONDS = 60;

/** The public cable of the active node is pulled: the group moves to the node that sees the gateway, and stays there. */
export async function publicLinkCut(tools: FaultTools, turn: Turn, card: string): Promise<ScenarioReport> {
  const { context } = tools;
  const { active, load, restoration } = turn;
  const peer = context.peerOf(active);
  const bounds = networkBounds(context.plan.timing, context.plan.verification.tolerance);
  return measuredScenario(`public link of ${active} cut`, tools, { load, active }, async (log, measuring) => {
    log.step(`the public cable of ${active}, which is active, is pulled`);
    const session = await context.sessions.to(active);
    restoration.add(`public cable of ${active}`, async () => putBack(await context.sessions.to(active)));
    const { since } = await isolate(session, [card], LONGEST_SECONDS);
    measuring.event("fault", "public cable pulled", since);
    measuring.event("recovery", `${peer} serves`, await measuring.serving(peer, since, GIVE_UP_MS));
    await callAgain(tools, log, measuring, peer);
    log.step("the record is read");
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, since);
    await divideOutage(tools, log, measuring, { way: "decision", since, from: active, to: peer, span });
    log.step("the cable is put back, and the group stays where it is");
    await putBack(session);
    measuring.event("step", "public cable put back");
    const lookAt = `\`engine supervision\` and \`engine events\` on ${active}, part \`gateway\``;
    log.measures.push(
      { bound: bounds.linkOutage, measured: milliseconds(span), lookAt },
      { bound: context.bounds.groupReturned, measured: await returns(tools, measuring, active), lookAt },
      contactUnknown(record, tools, since),
      ...(await invariants(tools, measuring, record)),
    );
    log.notes.push(...notes, registrationNote(record));
    log.timelines.push(closeUp(measuring, record, span, context.plan.floatingIp.address), overview(measuring));
    log.step(`${peer} is active, ${active} is standby, and every check passes`);
    const owner = await context.healthy(SETTLED_WITHIN_MS);
    if (owner !== peer) throw new Error(`${owner} is active, must be ${peer}`);
  });
}
