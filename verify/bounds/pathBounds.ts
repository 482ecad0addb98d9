import type { TimingPlan } from "../../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** Bounds of the scenarios of heartbeat paths and neighbours. */
export interface PathBounds {
  readonly lateLesson: Bound;
  readonly pathCutMoves: Bound;
  readonly pathCutOutage: Bound;
  readonly pathAlarm: Bound;
}

/** As functions of keepalive K and deadtime D, in milliseconds; those of time times `tolerance`. */
export function pathBounds({ keepaliveMs, deadtimeMs }: TimingPlan, tolerance = 1): PathBounds {
  const within = withinTimes(tolerance);
  return {
    lateLesson: within("neighbour learned once it heard again", 2000, "announced again and again until it answers"),
    pathCutMoves: none("moves of the group while one path was cut", "the other path carries the heartbeats"),
    pathCutOutage: within("SIP outage, one heartbeat path cut", 500, "no call passes a heartbeat path"),
    pathAlarm: within(
      "both nodes tell of the dead path",
      deadtimeMs + keepaliveMs + 2000,
      "D + K, and a look each second",
    ),
  };
}
