import { heartbeatKilled } from "../scenarios/heartbeatKilled.ts";
import type { CatalogueEntry } from "./entry.ts";

/** Faults of Heartbeat itself. */
export const heartbeatEntries: readonly CatalogueEntry[] = [
  {
    name: "heartbeat-killed",
    rows: [7],
    title: "all of Heartbeat is killed on the active node: the group is dropped, and ends on exactly one node",
    harm: "fault",
    run: (tools, turn) => heartbeatKilled(tools, turn, "all"),
  },
  {
    name: "heartbeat-master-killed",
    rows: [7],
    title: "Heartbeat's master control process alone is killed on the active node: as if all of it were",
    harm: "fault",
    run: (tools, turn) => heartbeatKilled(tools, turn, "main"),
  },
];
