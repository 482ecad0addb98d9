/** One look at the gateway's neighbour table (ip-neighbour(8)). */
export interface NeighbourLook {
  /** Seconds since 1970 by the gateway's clock. */
  readonly time: number;
  /** Who answers for the floating IP; undefined while the gateway knows nobody. */
  readonly hardwareAddress: string | undefined;
}

/** Never longer than any scenario, in seconds. */
const WATCH_AT_MOST_S = 300;

/** Prints a look every `everyMs` milliseconds, until it is stopped. */
export function watchNeighbour(address: string, everyMs: number): string {
  const look = `echo "$EPOCHREALTIME $(ip -4 neigh show to ${address})"; sleep ${everyMs / 1000}`;
  return `timeout ${WATCH_AT_MOST_S} bash -c 'while :; do ${look}; done'`;
}

/** Reads one line of {@link watchNeighbour}; undefined for anything else. */
export function parseNeighbour(line: string): NeighbourLook | undefined {
  const time = /^\d+\.\d+/.exec(line)?.[0];
  if (time === undefined) return undefined;
  return { time: Number(time), hardwareAddress: / lladdr ([0-9a-f:]{17})/.exec(line)?.[1] };
}

/**
 * Milliseconds from the floating IP's move until the gateway sent to another machine than before the fault.
 * A gateway that never did counts until the last look at it.
 *
 * @param fault seconds since 1970; the entry of before is the last one until then
 * @param moved seconds since 1970 when the next node had the address
 */
export function learnedAfterMs(looks: readonly NeighbourLook[], fault: number, moved: number): number {
  const known = looks.filter(({ hardwareAddress }) => hardwareAddress !== undefined);
  const before = known.findLast(({ time }) => time <= fault)?.hardwareAddress;
  const learned = known.find(({ time, hardwareAddress }) => time > fault && hardwareAddress !== before);
  const until = learned?.time ?? looks.at(-1)?.time ?? Number.POSITIVE_INFINITY;
  return Math.max(0, until - moved) * 1000;
}
