import { setTimeout as delay } from "node:timers/promises";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import type { PowerSwitch } from "../faults/power.ts";
import type { ScenarioReport } from "../report/report.ts";
import { backAsStandby } from "./comeBack.ts";
import { judgeStayed } from "./groupStayed.ts";
import { measuredScenario } from "./measured.ts";

const TIMES = 3;

/** The standby dies and comes back, three times: the group never moves. */
export async function flappingPeer(tools: FaultTools, turn: Turn, power: PowerSwitch): Promise<ScenarioReport> {
  const { context } = tools;
  const { active, load, restoration } = turn;
  const { timing } = context.plan;
  const standby = context.peerOf(active);
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
      await judgeStayed(tools, log, measuring, { active, from });
    },
  );
}
