import { type FaultTools, powerOf } from "../context.ts";
import { standbyDead } from "../scenarios/standbyDead.ts";
import type { CatalogueEntry } from "./entry.ts";

/** Scenarios of whole machines, beside the death of the active node. */
export const machineEntries: readonly CatalogueEntry[] = [
  {
    name: "standby-dead",
    rows: [14],
    title: "the standby loses its power: an alarm and nothing else, and it comes back",
    harm: "fault",
    unavailable: (tools, active) => withoutPower(tools, [tools.context.peerOf(active)]),
    run: (tools, turn) => standbyDead(tools, turn, powerOf(tools, tools.context.peerOf(turn.active))),
  },
];

function withoutPower(tools: FaultTools, nodes: readonly string[]): string | undefined {
  const without = nodes.filter((node) => tools.power(node) === undefined);
  return without.length === 0 ? undefined : `nothing can switch ${without.join(" and ")} off and on from outside`;
}
