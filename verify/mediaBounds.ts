import type { BalancingPlan } from "../config/plan.ts";
import type { Bound } from "./bounds.ts";

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
 */
export function mediaBounds(balancing: BalancingPlan): MediaBounds {
  const { probeIntervalSec, removeAfterMisses, returnAfterAnswers, answerWithinMs } = balancing;
  const interval = probeIntervalSec * 1000;
  const none = (name: string, source: string): Bound => ({ name, limit: 0, unit: "count", source });
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
    removed: {
      name: "dead media server out of the way",
      limit: removeAfterMisses * interval + answerWithinMs + MEASURING_MS,
      unit: "ms",
      source: "k I + A + 500 ms",
    },
    answersItself: { name: "media server answers by itself", limit: 60_000, unit: "ms", source: "its own start" },
    returned: {
      name: "media server gets calls again",
      limit: returnAfterAnswers * interval + answerWithinMs + MEASURING_MS,
      unit: "ms",
      source: "m I + A + 500 ms",
    },
  };
}
