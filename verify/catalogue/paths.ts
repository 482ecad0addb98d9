import { type HeartbeatPathPlan, routerOf } from "../../config/plan.ts";
import type { FaultTools } from "../context.ts";
import { arpLost } from "../scenarios/arpLost.ts";
import { pathsCut } from "../scenarios/pathCut.ts";
import type { CatalogueEntry } from "./entry.ts";

/** Scenarios of heartbeat paths. */
export const pathEntries: readonly CatalogueEntry[] = [
  pathCutEntry("private", [8]),
  pathCutEntry("public", [8]),
  {
    name: "two-links-cut",
    rows: [8],
    title: "of three heartbeat paths one is cut, then another: an alarm each time and nothing else",
    harm: "fault",
    unavailable: ({ context }) =>
      context.plan.heartbeatPaths.length < 3 ? "there are fewer than three heartbeat paths" : undefined,
    run: (tools, turn) => pathsCut(tools, turn, tools.context.plan.heartbeatPaths.slice(0, 2)),
  },
  {
    name: "arp-lost",
    rows: [26],
    title: "the gateway hears no announcement of the moved address for half a minute",
    harm: "fault",
    unavailable: ({ context }) =>
      routerOf(context.plan) === undefined ? "no router was given whose neighbour table could be looked at" : undefined,
    run: arpLost,
  },
];

function pathCutEntry(network: HeartbeatPathPlan["network"], rows: readonly number[]): CatalogueEntry {
  return {
    name: `${network}-link-cut`,
    rows,
    title: `the nodes do not hear each other on the ${network} network: an alarm and nothing else`,
    harm: "fault",
    unavailable: (tools) => {
      if (tools.context.plan.heartbeatPaths.length < 2) return "there is one heartbeat path only";
      return pathOf(tools, network) === undefined ? `no heartbeat path on the ${network} network` : undefined;
    },
    run: (tools, turn) => {
      const path = pathOf(tools, network);
      if (path === undefined) throw new Error(`there is no heartbeat path on the ${network} network`);
      return pathsCut(tools, turn, [path]);
    },
  };
}

function pathOf({ context }: FaultTools, network: HeartbeatPathPlan["network"]): HeartbeatPathPlan | undefined {
  return context.plan.heartbeatPaths.find((path) => path.network === network);
}
