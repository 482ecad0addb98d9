import { engine } from "../../remote/programs.ts";
import type { VerificationContext } from "../../verify/context.ts";
import type { Pair } from "./pair.ts";

const SETTLED_WITHIN_MS = 90_000;

/** The cluster as this project builds it. */
export function heartbeatPair(context: VerificationContext, name: string): Pair {
  const settled = (): Promise<string> => context.healthy(SETTLED_WITHIN_MS);
  return {
    name,
    begin: async () => {
      await settled();
    },
    handOver: async (active) => engine.standby(await context.sessions.to(active)),
    settled,
  };
}
