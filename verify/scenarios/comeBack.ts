import type { FaultTools } from "../context.ts";
import type { Measuring } from "./measuring.ts";

/**
 * Waits until a node that was dead is back as standby, the other one has stayed active, and every check passes.
 *
 * @returns when that was, in seconds since 1970
 * @throws Error when the node took the group
 */
export async function backAsStandby({ context }: FaultTools, measuring: Measuring, node: string): Promise<number> {
  const { limit } = context.bounds.returnAsStandby;
  await measuring.observer.watch(await context.sessions.to(node, limit));
  const active = await context.healthy(limit);
  const back = measuring.event("recovery", `${node} is standby`);
  if (active === node) throw new Error(`${node} is active, must be ${context.peerOf(node)}: who returns takes nothing`);
  return back;
}
