import { setTimeout as delay } from "node:timers/promises";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { networkBounds } from "../networkBounds.ts";
import type { PowerSwitch } from "../power.ts";
import type { ScenarioReport } from "../report.ts";
import { backAsStandby } from "./comeBack.ts";
import { measuredScenario } from "./measured.ts";
import { callAgain, invariants, milliseconds, overview, probeFindings, registrationNote } from "./measuring.ts";
import { stayed } from "./standbyDead.ts";

const TIMES = 3;

/** The standby dies and comes back, three times: the group never moves. */
export async function flappingPeer(tools: FaultTools, turn: Turn, power: PowerSwitch): Promise<ScenarioReport> {
  const { context } = tools;
  const { active, load, restoration } = turn;
  const { timing, verification } = context.plan;
  const standby = context.peerOf(active);
  const bounds = networkBounds(timing, verification.tolerance);
  return measuredScenario(
    `${standby}, the standby, dies and comes back ${TIMES} times`,
    tools,
    { load, active },
    async (log, measuring) => {
      restoration.add(`power of ${standby}`, () => power.on());
      const from = Date.now() / 1000;
      for (let time = 1; time <= TIMES; time++) {
        log.step(`${standby} loses its power, and gets it back (${time} of ${TIMES})`);
        measuring.event("fault", `${standby} dead`, await power.off());
        context.sessions.drop(standby);
        // the active node has to notice, or nothing flapped
        await delay(2 * (timing.deadtimeMs + timing.keepaliveMs));
        await power.on();
        await backAsStandby(tools, measuring, standby);
      }
      await callAgain(tools, log, measuring, active);
      log.step("the record is read");
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, from);
      const lookAt = "`engine events` on both nodes";
      log.measures.push(
        { ...stayed(tools, measuring, { active, from }), bound: bounds.moves },
        { bound: bounds.outageWithoutMove, measured: milliseconds(span), lookAt },
        ...(await invariants(tools, measuring, record)),
      );
      log.notes.push(...notes, registrationNote(record));
      log.timelines.push(overview(measuring));
    },
  );
}
