import { setTimeout as sleep } from "node:timers/promises";
import { EngineFailure, isMissing } from "./engine.ts";

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** Removes until it is gone: something may still be on its way out. `busy` names the state while it is refused. */
export async function removeWithPatience(remove: () => Promise<unknown>, busy: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      await remove();
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (!isBusy(error)) throw error;
    }
    if (Date.now() + pause > end) {
      throw new EngineFailure(
        `timeout while waiting for state to become 'removed' (last state: '${busy}', timeout: 30s)`,
      );
    }
    await sleep(pause);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /has active endpoints|volume is in use/.test(error.message);
}
