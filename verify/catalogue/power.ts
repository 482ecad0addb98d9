import type { ScenarioReport } from "../report/report.ts";
import { type FaultTools, powerOf } from "../context.ts";
import type { PowerSwitch } from "../faults/power.ts";
import { type CatalogueEntry, type Turn, withoutPower } from "./entry.ts";

/** How a scenario runs that switches the active node off; its power is given back at the end of the verification. */
export function activePower(
  run: (tools: FaultTools, turn: Turn, power: PowerSwitch) => Promise<ScenarioReport>,
): Pick<CatalogueEntry, "unavailable" | "run"> {
  return {
    unavailable: (tools, active) => withoutPower(tools, [active]),
    run: (tools, turn) => {
      const power = powerOf(tools, turn.active);
      turn.restoration.add(`power of ${turn.active}`, async () => {
        await power.on();
        await tools.context.recovered(tools.context.bounds.returnAsStandby.limit);
      });
      return run(tools, turn, power);
    },
  };
}
