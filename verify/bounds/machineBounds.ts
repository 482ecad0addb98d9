import type { TimingPlan } from "../../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** Bounds of the scenarios of whole machines. */
export interface MachineBounds {
  readonly standbyAlarm: Bound;
  readonly undisturbedOutage: Bound;
  readonly moves: Bound;
  readonly serviceAfterBoot: Bound;
  readonly otherOwners: Bound;
  readonly falseDeaths: Bound;
  readonly starvedOutage: Bound;
  readonly diskAlarm: Bound;
  readonly wrongKeyStarts: Bound;
}

/** As functions of keepalive K, deadtime D and initdead, in milliseconds; those of time times `tolerance`. */
export function machineBounds({ keepaliveMs, deadtimeMs, initdeadMs }: TimingPlan, tolerance = 1): MachineBounds {
  const within = withinTimes(tolerance);
  return {
    standbyAlarm: within(
      "the active node tells that its standby is dead",
      deadtimeMs + keepaliveMs + 2000,
      "D + K, and a look each half second",
    ),
    undisturbedOutage: within("SIP outage of the active node", 500, "who serves goes on serving"),
    moves: none("moves of the group", "who serves has no fault"),
    serviceAfterBoot: within(
      "service after both nodes got their power back",
      initdeadMs + 30_000,
      "initdead, and 30 s to boot and to start the group",
    ),
    otherOwners: none("nodes that had the group beside the one that keeps it", "one owner, never two"),
    falseDeaths: none("nodes called dead that were only slow", "deadtime bears a late heartbeat"),
    starvedOutage: within("SIP outage, processors or memory used up", 2000, "slow, and nobody is killed for it"),
    wrongKeyStarts: none("starts of Heartbeat with a key that was not activated", "refused before it says a word"),
    diskAlarm: within("alarm of the full disk", 10_000, "a look each 5 s"),
  };
}
