import { pushDuringFailover } from "../scenarios/pushDuringFailover.ts";
import { type CatalogueEntry, withoutPower } from "./entry.ts";

/** Scenarios in which configuration is pushed at a bad moment. */
export const pushEntries: readonly CatalogueEntry[] = [
  {
    name: "push-during-failover",
    rows: [24],
    title: "the active node dies while a change is tried on the standby: the push stops, and the next one converges",
    harm: "fault",
    unavailable: (tools, active) => withoutPower(tools, [active]),
    run: pushDuringFailover,
  },
];
