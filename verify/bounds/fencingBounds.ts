import type { TimingPlan } from "../../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** Bounds of the scenarios that need a fencing device. */
export interface FencingBounds {
  readonly outage: Bound;
  readonly shotNodes: Bound;
  readonly takeoversUnconfirmed: Bound;
  readonly alarm: Bound;
  readonly manualTakeover: Bound;
  readonly orderTooEarly: Bound;
  readonly orders: Bound;
  readonly serviceAlone: Bound;
}

/**
 * As functions of keepalive K, deadtime D and what the device took, in milliseconds.
 *
 * @param fenceMs from the order to its confirmation
 * @param timeoutMs the longest wait for a confirmation
 * @param tolerance factor of every bound of time
 */
export function fencingBounds(
  { keepaliveMs, deadtimeMs, initdeadMs }: TimingPlan,
  { fenceMs, timeoutMs }: { readonly fenceMs: number; readonly timeoutMs: number },
  tolerance = 1,
): FencingBounds {
  const detection = deadtimeMs + keepaliveMs;
  const within = withinTimes(tolerance);
  return {
    outage: within(
      `SIP outage, with ${Math.round(fenceMs)} ms for the device`,
      detection + 500 + fenceMs,
      "D + K + 500 ms + the measured fence time",
    ),
    shotNodes: none("nodes shot more or fewer than one", "one order at a time, and the dead give none"),
    takeoversUnconfirmed: none("takeovers without a confirmation", "a silent node may still serve"),
    alarm: within("alarm of the failed order", detection + timeoutMs + 5000, "D + K + fencing.timeoutMs + 5 s"),
    manualTakeover: within(
      "takeover after an operator's word",
      2 * timeoutMs + initdeadMs + 20_000,
      "at most one more order and a start of Heartbeat",
    ),
    orderTooEarly: within("initdead left when the order to fence came", 0, "the other node may just be starting"),
    orders: none("orders to fence but one, of the absent node", "an absent node is shot once, and nobody else"),
    serviceAlone: within(
      `service after one node alone got its power, with ${Math.round(fenceMs)} ms for the device`,
      initdeadMs + fenceMs + 30_000,
      "initdead + the measured fence time + 30 s to boot and to start the group",
    ),
  };
}
