import type { Span } from "./analysis.ts";

/** What an outage can be made of. Each part lasts until something happened; docs/failover.md tells what. */
export type PartName =
  | "power"
  | "boot"
  | "drain"
  | "detection"
  | "fencing"
  | "release"
  | "hand-over"
  | "address"
  | "proxy"
  | "ARP"
  | "probe";

/** What ends a part. */
export interface Milestone {
  readonly ends: PartName;
  /** Seconds since 1970 of the first proof that it had happened; undefined where nobody saw it. */
  readonly time: number | undefined;
  /** How much earlier it may have happened, in milliseconds: the pace of whoever looked; 0 where it was noted itself. */
  readonly withinMs: number;
}

export interface Part {
  readonly name: PartName;
  readonly ms: number;
  /** How much earlier it may have ended, in milliseconds. */
  readonly withinMs: number;
  /** The parts before it whose end nobody saw, so that they are in this one. */
  readonly with: readonly PartName[];
}

/** What an outage is made of: parts that follow each other on one clock and add up to it. */
export interface OutageParts {
  /** In milliseconds, as every other figure. */
  readonly outageMs: number;
  readonly parts: readonly Part[];
  /** What had passed since the fault or the order when the last good answer came: service still went on. */
  readonly lead: readonly Part[];
  /** The parts whose end nobody saw. */
  readonly notSeen: readonly PartName[];
  /** How far the clocks of the hosts that noted it are apart at most; 0 where they share one, null where unknown. */
  readonly clockMs: number | null;
}

interface Moved {
  /** From the last good answer to the first one. */
  readonly span: Span;
  /** When the fault came or the order was given, in seconds since 1970. */
  readonly since: number;
  /** In the order in which one leads to the next. */
  readonly milestones: readonly Milestone[];
  readonly clockMs: number | null;
}

/** A line of a journal may be this much younger than what it tells of, in seconds, on a busy machine. */
const LATE_S = 0.1;

interface Stretch extends Span {
  readonly name: PartName;
  readonly withinMs: number;
  readonly with: readonly PartName[];
}

/**
 * Divides an outage at its milestones. What is noted before the milestone that led to it ends with that one, and what is
 * noted after the first good answer ends with the answer, which proves that it had happened.
 *
 * @returns undefined when the outage is not that of the move: over before its end, or begun after it
 */
export function outageParts({ span, since, milestones, clockMs }: Moved): OutageParts | undefined {
  if (!belongs(span, milestones)) return undefined;
  const stretches = stretchesOf(span, Math.min(since, span.from), milestones);
  const parts = stretches.filter(({ from, to }) => to > span.from || from >= span.from);
  const lead = stretches.filter(({ from }) => from < span.from);
  return {
    outageMs: (span.to - span.from) * 1000,
    parts: parts.map((stretch) => part(stretch, Math.max(stretch.from, span.from), stretch.to)),
    lead: lead
      .map((stretch) => part(stretch, stretch.from, Math.min(stretch.to, span.from)))
      .filter(({ ms }) => ms > 0),
    notSeen: milestones.filter(({ time }) => time === undefined).map(({ ends }) => ends),
    clockMs,
  };
}

function belongs(span: Span, milestones: readonly Milestone[]): boolean {
  const seen = milestones.flatMap(({ time }) => time ?? []);
  const taken = milestones.find(({ ends }) => ends === "address")?.time ?? Math.min(...seen);
  return seen.some((time) => time >= span.from) && taken <= span.to + LATE_S;
}

/** From the beginning to the end of the outage, without a hole. */
function stretchesOf(span: Span, begin: number, milestones: readonly Milestone[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let from = begin;
  let open: PartName[] = [];
  const answered: Milestone = { ends: "probe", time: span.to, withinMs: 0 };
  for (const { ends, time, withinMs } of [...milestones, answered]) {
    if (time === undefined) {
      open.push(ends);
      continue;
    }
    const to = Math.min(Math.max(time, from), span.to);
    stretches.push({ name: ends, withinMs, with: open, from, to });
    from = to;
    open = [];
  }
  return stretches;
}

function part({ name, withinMs, with: others }: Stretch, from: number, to: number): Part {
  return { name, ms: (to - from) * 1000, withinMs, with: others };
}
