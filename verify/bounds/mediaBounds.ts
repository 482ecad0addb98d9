import type { BalancingPlan } from "../../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** What a verification holds the balancing of media servers to. */
export interface MediaBounds {
  readonly deviation: Bound;
  readonly failedCalls: Bound;
  readonly lostElsewhere: Bound;
  readonly silentDirections: Bound;
  readonly removed: Bound;
  readonly answersItself: Bound;
  readonly returned: Bound;
}

/** Everything takes a moment to be measured, in milliseconds. */
const MEASURING_MS = 500;

/**
 * The bounds as functions of the probe interval I, k misses, m answers and the time A that an answer may take. A server
 * is found dead at the latest by k probes in a row, the first of them up to I after its death.
 *
 * @param tolerance factor of every bound of time
 */
export function mediaBounds(balancing: BalancingPlan, tolerance = 1): MediaBounds {
  const within = withinTimes(tolerance);
  const { probeIntervalSec, removeAfterMisses, returnAfterAnswers, answerWithinMs } = balancing;
  const interval = probeIntervalSec * 1000;
  return {
    deviation: {
      name: "calls of a hundred off the weights",
      limit: 10,
      unit: "count",
      source: "shares of 100 calls",
    },
    failedCalls: none("new calls to media servers that failed", "the next server takes the call"),
    lostElsewhere: none("calls lost on other media servers", "servers do not depend on each other"),
    silentDirections: none("directions to a media server without sound", "the relay bridges"),
    removed: within(
      "dead media server out of the way",
      removeAfterMisses * interval + answerWithinMs + MEASURING_MS,
      "k I + A + 500 ms",
    ),
    answersItself: within("media server answers by itself", 60_000, "its own start"),
    returned: within(
      "media server gets calls again",
      returnAfterAnswers * interval + answerWithinMs + MEASURING_MS,
      "m I + A + 500 ms",
    ),
  };
}
