import type { TimingPlan } from "../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** Bounds of the scenarios in which a network fails. */
export interface NetworkBounds {
  readonly dualAfterContact: Bound;
  readonly takeoverOutage: Bound;
  readonly moves: Bound;
}

/** As functions of keepalive K and deadtime D, in milliseconds; those of time times `tolerance`. */
export function networkBounds({ keepaliveMs, deadtimeMs }: TimingPlan, tolerance = 1): NetworkBounds {
  const within = withinTimes(tolerance);
  return {
    dualAfterContact: within("two holders after contact", 1000, "who took the group earlier lets it go at once"),
    takeoverOutage: within("SIP outage, node silent", deadtimeMs + keepaliveMs + 500, "D + K + 500 ms"),
    moves: none("moves of the group", "nothing that the other path does not carry"),
  };
}
