import { fenceOf, type FencingPlan } from "../../config/plan.ts";
import { type FaultTools, powerOf } from "../context.ts";
import { cutPaths, type Cut } from "../faults/cut.ts";
import { bootsAlone } from "../scenarios/bootsAlone.ts";
import { fenceBroken } from "../scenarios/fenceBroken.ts";
import { fencedTakeover, type Strike } from "../scenarios/fencedTakeover.ts";
import { unfencedSplit } from "../scenarios/unfencedSplit.ts";
import type { ScenarioReport } from "../report/report.ts";
import { type CatalogueEntry, type Turn, withoutPower } from "./entry.ts";

/** Scenarios in which a node falls silent that may still be there. */
export const fencingEntries: readonly CatalogueEntry[] = [
  {
    name: "both-paths-cut",
    rows: [9],
    title:
      "the nodes do not hear each other at all: one is shot, the other owns the group; without fencing both do until they " +
      "hear each other again",
    harm: "fault",
    run: (tools, turn) => {
      let cut: Cut | undefined;
      return silence(tools, turn, {
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
    title: "the active node freezes: it is shot, or lets the group go as soon as it comes to itself",
    harm: "fault",
    unavailable: (tools, active) => (tools.power(active) ? undefined : `nothing can freeze ${active}`),
    run: (tools, turn) => {
      const power = powerOf(tools, turn.active);
      return silence(tools, turn, {
        title: `${turn.active} frozen`,
        step: `every process of ${turn.active}, which is active, stands still`,
        mute: true,
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
      const { plan } = tools.context;
      if (plan.fencing.kind === "none") return withoutFencing(plan.fencing);
      if (fenceOf(plan) === undefined) return "only the lab's own device can be broken on purpose";
      return tools.power(active) ? undefined : `nothing can switch ${active} off and on from outside`;
    },
    run: (tools, turn) => {
      const { plan } = tools.context;
      const fence = fenceOf(plan);
      if (plan.fencing.kind === "none" || fence === undefined) throw new Error("there is no device to break");
      const power = powerOf(tools, turn.active);
      return fenceBroken(tools, turn, { fencing: plan.fencing, power, fence: fence.name });
    },
  },
  {
    name: "boots-alone",
    rows: [15],
    title: "both nodes die and one boots alone: it fences the other one once, not before initdead, and serves",
    harm: "fault",
    unavailable: (tools, active) => {
      const { plan } = tools.context;
      if (plan.fencing.kind === "none") return withoutFencing(plan.fencing);
      if (fenceOf(plan) === undefined) return "only the lab's own device can be asked which orders it had";
      return withoutPower(tools, [active, tools.context.peerOf(active)]);
    },
    run: (tools, turn) => {
      const fence = fenceOf(tools.context.plan);
      if (fence === undefined) throw new Error("there is no device that could be asked for its orders");
      return bootsAlone(tools, turn, fence.name);
    },
  },
];

/** A node that falls silent is shot where that can be done; else there may be two for a while. */
function silence(tools: FaultTools, turn: Turn, strike: Strike): Promise<ScenarioReport> {
  const fenced = tools.context.plan.fencing.kind !== "none";
  return fenced ? fencedTakeover(tools, turn, strike) : unfencedSplit(tools, turn, strike);
}

function withoutFencing({ kind }: FencingPlan): string | undefined {
  return kind === "none" ? "the stack has no fencing" : undefined;
}
