import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** Milliseconds until the step fails. */
  readonly withinMs: number;
  /** Milliseconds between two looks; default 50. */
  readonly everyMs?: number;
  /** Ends the waiting at once. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until a condition holds.
 *
 * @param what the condition in prose, for the error
 * @param look answers undefined when it holds, else what is still missing
 * @throws Error with the condition, the bound and what was missing at the last look
 */
export async function eventually(
  what: string,
  look: () => string | undefined | Promise<string | undefined>,
  patience: Patience,
): Promise<void> {
  const until = Date.now() + patience.withinMs;
  for (;;) {
    patience.signal?.throwIfAborted();
    const missing = await look();
    if (missing === undefined) return;
    if (Date.now() >= until)
      throw new Error(`${what}: not within ${patience.withinMs} ms; at the last look: ${missing}`);
    await delay(patience.everyMs ?? 50);
  }
}
