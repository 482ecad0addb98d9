import type { FencingPlan } from "../../config/plan.ts";
import { powerOf } from "../context.ts";
import { cutPaths, type Cut } from "../cut.ts";
import { fenceBroken } from "../scenarios/fenceBroken.ts";
import { fencedTakeover } from "../scenarios/fencedTakeover.ts";
import type { CatalogueEntry } from "./entry.ts";

/** Scenarios in which a node falls silent that may still be there. */
export const fencingEntries: readonly CatalogueEntry[] = [
  {
    name: "both-paths-cut",
    rows: [9],
    title: "the nodes do not hear each other at all: one is shot, the other owns the group",
    harm: "fault",
    unavailable: ({ context }) => withoutFencing(context.plan.fencing),
    run: (tools, turn) => {
      let cut: Cut | undefined;
      return fencedTakeover(tools, turn, {
        title: "both heartbeat paths cut",
        step: "the nodes no longer hear each other on any path",
        begin: async () => {
          cut = await cutPaths(
            tools.context,
            tools.context.plan.heartbeatPaths.map((path) => path.interface),
          );
          return cut.since;
        },
        end: async () => cut?.heal(),
      });
    },
  },
  {
    name: "freeze",
    rows: [6],
    title: "the active node freezes: it is shot, and never serves again when it comes to itself",
    harm: "fault",
    unavailable: (tools, active) =>
      withoutFencing(tools.context.plan.fencing) ?? (tools.power(active) ? undefined : `nothing can freeze ${active}`),
    run: (tools, turn) => {
      const power = powerOf(tools, turn.active);
      return fencedTakeover(tools, turn, {
        title: `${turn.active} frozen`,
        step: `every process of ${turn.active}, which is active, stands still`,
        begin: () => power.freeze(),
        end: () => power.thaw(),
      });
    },
  },
  {
    name: "fence-broken",
    rows: [23],
    title:
      "the active node dies while its fencing device is broken: an alarm, and no takeover but by an operator's word",
    harm: "fault",
    unavailable: (tools, active) => {
      const { fencing, hosts } = tools.context.plan;
      if (fencing.kind === "none") return withoutFencing(fencing);
      if (hosts.fence === undefined) return "only the lab's own device can be broken on purpose";
      return tools.power(active) ? undefined : `nothing can switch ${active} off and on from outside`;
    },
    run: (tools, turn) => {
      const { fencing, hosts } = tools.context.plan;
      if (fencing.kind === "none" || hosts.fence === undefined) throw new Error("there is no device to break");
      return fenceBroken(tools, turn, { fencing, power: powerOf(tools, turn.active), fence: hosts.fence.name });
    },
  },
];

function withoutFencing({ kind }: FencingPlan): string | undefined {
  return kind === "none" ? "the stack has no fencing" : undefined;
}
