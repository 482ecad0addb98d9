import type { FaultTools } from "../context.ts";
import { networkBounds } from "../bounds/networkBounds.ts";
import {
  callAgain,
  invariants,
  type Measuring,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import type { ScenarioLog } from "./scenario.ts";
import { stayed } from "./standbyDead.ts";

/** The end of a scenario in which the group has to stay: one more call, the record, and whether nobody noticed. */
export async function judgeStayed(
  tools: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  since: { readonly active: string; readonly from: number },
): Promise<void> {
  const { timing, verification } = tools.context.plan;
  const bounds = networkBounds(timing, verification.tolerance);
  await callAgain(tools, log, measuring, since.active);
  log.step("the record is read");
  const record = await measuring.finish();
  const { span, notes } = probeFindings(record, since.from);
  const lookAt = "`engine events` on both nodes";
  log.measures.push(
    { ...stayed(tools, measuring, since), bound: bounds.moves },
    { bound: bounds.outageWithoutMove, measured: milliseconds(span), lookAt },
    ...(await invariants(tools, measuring, record)),
  );
  log.notes.push(...notes, registrationNote(record));
  log.timelines.push(overview(measuring));
}
