import { databaseAway, databaseFreezes, databaseStops } from "../scenarios/databaseAway.ts";
import type { CatalogueEntry } from "./entry.ts";

/** Faults of the database: calls go on, and neither proxy nor group is touched. */
export const databaseEntries: readonly CatalogueEntry[] = [
  {
    name: "database-down",
    rows: [18],
    title: "the database stops and comes back; calls go on",
    harm: "fault",
    run: (tools, turn) => databaseAway(tools, turn, databaseStops),
  },
  {
    name: "database-frozen",
    rows: [19],
    title: "the database stands still for ten seconds; calls go on",
    harm: "fault",
    run: (tools, turn) => databaseAway(tools, turn, databaseFreezes),
  },
];
