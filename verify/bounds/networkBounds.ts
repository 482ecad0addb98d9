import type { TimingPlan } from "../../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** Bounds of the scenarios in which a network fails. */
export interface NetworkBounds {
  readonly dualAfterContact: Bound;
  readonly takeoverOutage: Bound;
  readonly linkOutage: Bound;
  readonly letGoAlone: Bound;
  readonly moves: Bound;
  readonly outageWithoutMove: Bound;
}

/** As functions of keepalive K and deadtime D, in milliseconds; those of time times `tolerance`. */
export function networkBounds({ keepaliveMs, deadtimeMs }: TimingPlan, tolerance = 1): NetworkBounds {
  const within = withinTimes(tolerance);
  return {
    dualAfterContact: within("two holders after contact", 1000, "who took the group earlier lets it go at once"),
    takeoverOutage: within("SIP outage, node silent", deadtimeMs + keepaliveMs + 500, "D + K + 500 ms"),
    linkOutage: within("SIP outage, public link dead", 3000, "found within 2 s, then one move"),
    letGoAlone: within("isolated node lets the floating IP go", 5000, "gateway, peer and database silent for 2 to 3 s"),
    moves: none("moves of the group", "the other path, or the other heartbeats, tell enough"),
    outageWithoutMove: within("SIP outage while the group stays", 500, "no call passes a heartbeat path"),
  };
}
