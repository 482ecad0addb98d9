import { type FaultTools, powerOf } from "../context.ts";
import { type BothDead, bothDead } from "../scenarios/bothDead.ts";
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
  bothDeadEntry("standby-then-active", [14], {
    title: "power-off of the standby, then of the active node",
    oneByOne: true,
  }),
  bothDeadEntry("both-dead", [15, 16], { title: "power-off of both nodes at once", oneByOne: false }),
];

function bothDeadEntry(name: string, rows: readonly number[], kind: BothDead): CatalogueEntry {
  return {
    name,
    rows,
    title: kind.oneByOne
      ? "the standby dies, then the active node; both boot, one after the other: one owner"
      : "both nodes die and boot at the same moment: one owner, never two",
    harm: "fault",
    unavailable: (tools, active) => withoutPower(tools, [active, tools.context.peerOf(active)]),
    run: (tools, turn) => bothDead(tools, turn, kind),
  };
}

function withoutPower(tools: FaultTools, nodes: readonly string[]): string | undefined {
  const without = nodes.filter((node) => tools.power(node) === undefined);
  return without.length === 0 ? undefined : `nothing can switch ${without.join(" and ")} off and on from outside`;
}
