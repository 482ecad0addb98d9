/** One look at the gateway's neighbour table (arp(7)), or what its kernel told of a change (ip-monitor(8)). */
export interface NeighbourLook {
  /** Seconds since 1970 by the gateway's clock. */
  readonly time: number;
  /** Who answers for the floating IP; undefined while the gateway knows nobody. */
  readonly hardwareAddress: string | undefined;
  /** The kernel told of it at that moment; else it was looked at, and may have been so before. */
  readonly told?: true;
}

/** Never longer than any scenario, in seconds. */
const WATCH_AT_MOST_S = 300;

/**
 * Prints a look every `everyMs` milliseconds, and every change at its moment, until it is stopped. Whoever reads no more
 * ends it: the next look cannot be printed.
 *
 * @param table the kernel's neighbour table as text, as arp(7) has it
 */
export function watchNeighbour(address: string, everyMs: number, table = "/proc/net/arp"): string {
  const changes = 'TZ=UTC ip -4 -ts monitor neigh & trap "kill $!" EXIT; trap "" PIPE';
  // without a process for each look, which would slow down what is measured; the end of stdin means that nobody listens
  const look = [
    `mapfile table <${table}`,
    'entry=""',
    `for line in "\${table[@]}"; do [[ $line != "${address} "* ]] || entry=$line; done`,
    'echo "$EPOCHREALTIME $entry" || exit',
    `read -r -t ${everyMs / 1000}`,
    "(($? > 128)) || exit",
  ];
  return `timeout ${WATCH_AT_MOST_S} bash -c '${changes}; while :; do ${look.join("; ")}; done'`;
}

/** Reads one line of {@link watchNeighbour}; undefined for anything else, and for a change of another neighbour. */
export function parseNeighbour(line: string, address: string): NeighbourLook | undefined {
  const [hardwareAddress] = /\b(?!00(?::00){5})[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/.exec(line) ?? [];
  const [, stamp, of] = /^\[([-\dT:.]+)\] (?:Deleted )?(\S+) /.exec(line) ?? [];
  if (stamp !== undefined)
    return of === address ? { time: Date.parse(`${stamp}Z`) / 1000, hardwareAddress, told: true } : undefined;
  const time = /^\d+\.\d+/.exec(line)?.[0];
  return time === undefined ? undefined : { time: Number(time), hardwareAddress };
}

/** The first look after the fault at which the gateway sent to another machine than before; undefined when it never did. */
export function learned(looks: readonly NeighbourLook[], fault: number): NeighbourLook | undefined {
  const known = looks
    .filter(({ hardwareAddress }) => hardwareAddress !== undefined)
    .sort((left, right) => left.time - right.time);
  const before = known.findLast(({ time }) => time <= fault)?.hardwareAddress;
  return known.find(({ time, hardwareAddress }) => time > fault && hardwareAddress !== before);
}

/**
 * Milliseconds from the floating IP's move until the gateway sent to another machine than before the fault.
 * A gateway that never did counts until the last look at it.
 *
 * @param fault seconds since 1970; the entry of before is the last one until then
 * @param moved seconds since 1970 when the next node had the address
 */
export function learnedAfterMs(looks: readonly NeighbourLook[], fault: number, moved: number): number {
  const until = learned(looks, fault)?.time ?? looks.at(-1)?.time ?? Number.POSITIVE_INFINITY;
  return Math.max(0, until - moved) * 1000;
}
