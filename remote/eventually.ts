import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** Milliseconds until the condition counts as broken. */
  readonly withinMs: number;
  /** Milliseconds between two looks; default 100. */
  readonly everyMs?: number;
}

/** A condition that did not come true in time. */
export class NotInTimeError extends Error {
  constructor(what: string, withinMs: number, last: string) {
    super(`${what}: not within ${withinMs} ms; last seen: ${last}`);
    this.name = "NotInTimeError";
  }
}

/** What one look at a condition found. */
export type Look<T> = { readonly met: true; readonly value: T } | { readonly met: false; readonly seen: string };

/**
 * Looks until the condition is met and answers its value.
 * An error thrown by a look is what was seen by it; a host that is just starting refuses connections.
 * @throws NotInTimeError with what was seen last.
 */
export async function eventually<T>(what: string, look: () => Promise<Look<T>>, patience: Patience): Promise<T> {
  const until = performance.now() + patience.withinMs;
  for (;;) {
    const found = await look().catch((error: unknown): Look<T> => ({ met: false, seen: String(error) }));
    if (found.met) return found.value;
    if (performance.now() >= until) throw new NotInTimeError(what, patience.withinMs, found.seen);
    await delay(patience.everyMs ?? 100);
  }
}

/** {@link eventually} for what may stay away; undefined when it did. */
export async function inTime<T>(
  what: string,
  look: () => Promise<Look<T>>,
  patience: Patience,
): Promise<T | undefined> {
  try {
    return await eventually(what, look, patience);
  } catch (error) {
    if (error instanceof NotInTimeError) return undefined;
    throw error;
  }
}

/**
 * Waits for all of them, so that nothing goes on behind a reported failure.
 * @throws the one error there was, or one that tells all of them.
 */
export async function all<T>(jobs: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(jobs);
  const faults = outcomes.flatMap((outcome): unknown[] => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new Error(faults.map(messageOf).join("\n"));
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
