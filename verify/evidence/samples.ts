import type { Span } from "./analysis.ts";

/** One look at a node, see files/common/usr/lib/sip-ha/observe. */
export interface Sample {
  /** Seconds since 1970 by the node's clock. */
  readonly time: number;
  /** Holds the floating IP. */
  readonly address: boolean;
  /** Has a default route. */
  readonly route: boolean;
  /** A socket is bound to the floating IP and the SIP port. */
  readonly proxy: boolean;
}

/** Looks that lie further apart than this say nothing of the time between them, in seconds. */
const HOLE_SECONDS = 0.5;

/** Reads one line of `observe sample`; undefined for anything else, for instance a line cut off by a power failure. */
export function parseSample(line: string): Sample | undefined {
  const match = /^(\d+\.\d+) ([01]) ([01]) ([01])$/.exec(line);
  if (match === null) return undefined;
  const [, time, address, route, proxy] = match;
  return { time: Number(time), address: address === "1", route: route === "1", proxy: proxy === "1" };
}

/** The spans in which a condition held for certain: from the first look of an unbroken row of looks to its last. */
export function spansWhere(samples: readonly Sample[], holds: (sample: Sample) => boolean): readonly Span[] {
  const spans: Span[] = [];
  let open: Span | undefined;
  for (const sample of samples) {
    const joined = open !== undefined && sample.time - open.to <= HOLE_SECONDS;
    if (open && !(holds(sample) && joined)) {
      spans.push(open);
      open = undefined;
    }
    if (holds(sample)) open = { from: open?.from ?? sample.time, to: sample.time };
  }
  return open ? [...spans, open] : spans;
}

/**
 * The first look after `after` at which a condition holds that did not hold at the look before; in seconds since 1970. It
 * began up to `withinMs` earlier. After a hole every look is a first one.
 */
export function began(
  samples: readonly Sample[],
  holds: (sample: Sample) => boolean,
  after: number,
): { readonly time: number; readonly withinMs: number } | undefined {
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1];
    const continued = before && holds(before) && sample.time - before.time <= HOLE_SECONDS;
    if (sample.time < after || !holds(sample) || continued) continue;
    return { time: sample.time, withinMs: (sample.time - (before?.time ?? sample.time)) * 1000 };
  }
  return undefined;
}

/** Milliseconds in which two nodes held the floating IP at the same time for certain. */
export function dualOwnerMs(nodes: readonly (readonly Sample[])[]): number {
  const held = nodes.map((samples) => spansWhere(samples, (sample) => sample.address));
  let total = 0;
  for (const [index, spans] of held.entries()) {
    for (const others of held.slice(index + 1)) total += overlap(spans, others);
  }
  return total * 1000;
}

/** Milliseconds in which a node had a default route without holding the floating IP. */
export function strayRouteMs(samples: readonly Sample[]): number {
  return lengthOf(spansWhere(samples, (sample) => sample.route && !sample.address)) * 1000;
}

function overlap(left: readonly Span[], right: readonly Span[]): number {
  let total = 0;
  for (const a of left) {
    for (const b of right) total += Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
  }
  return total;
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.to - span.from, 0);
}
