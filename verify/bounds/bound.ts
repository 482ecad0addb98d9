/** One line of the table of bounds: what must hold, and where the figure comes from. */
export interface Bound {
  readonly name: string;
  /** The largest value that passes; see {@link unit}. */
  readonly limit: number;
  readonly unit: "ms" | "count";
  /** The largest 95th percentile that passes, where there are 20 runs or more; in {@link unit}. */
  readonly p95?: number;
  /** Why this figure. */
  readonly source: string;
}

/** Something that must not happen even once, however slow the machines are. */
export function none(name: string, source: string): Bound {
  return { name, limit: 0, unit: "count", source };
}

/**
 * Makes bounds of time, in milliseconds, each multiplied by `tolerance` (option `verification.tolerance`); what must
 * not last at all stays at 0.
 */
export function within(tolerance: number): (name: string, limit: number, source: string) => Bound {
  return (name, limit, source) => ({
    name,
    limit: limit * tolerance,
    unit: "ms",
    source: tolerance === 1 || limit === 0 ? source : `${source}, times ${tolerance} (verification.tolerance)`,
  });
}
