import { once } from "node:events";
import { stateDir } from "../cli/directories.ts";
import { say } from "../cli/say.ts";
import { runningStack } from "../cli/runningStack.ts";
import { withBastions } from "../remote/withSessions.ts";
import { dockerObjects, type LabSite, Sandbox } from "../tests/support/sandbox.ts";
import { type FaultTools, Sessions, VerificationContext } from "../verify/context.ts";
import { powerSwitches } from "../verify/faults/power.ts";
import { preparePhones } from "../verify/phones/preparePhones.ts";
import { Restoration } from "../verify/faults/restoration.ts";

/**
 * A cluster of a bench's own, beside the user's other stacks, for as long as the action takes; removed however it ends.
 *
 * @param action gets it built and checked, and a signal that is given when it is interrupted
 * @throws Error when it is interrupted
 */
export async function withCluster(
  site: LabSite,
  action: (sandbox: Sandbox, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const sandbox = await Sandbox.create({ site, state: stateDir() });
  await interruptible(sandbox, site.stack, async (signal) => {
    await build(sandbox);
    await action(sandbox, signal);
  });
}

/**
 * Runs the action, and removes the cluster however it ends, also by Ctrl-C; what it still awaits then is left behind.
 *
 * @param action gets a signal that is given when it is interrupted
 * @throws Error when it is interrupted
 */
export async function interruptible(
  sandbox: Sandbox,
  stack: string,
  action: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => {
    say("bench: interrupted; removing its cluster");
    interrupted.abort(new Error("interrupted; the figures are of the runs before"));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const { signal } = interrupted;
  try {
    await Promise.race([action(signal), endOfVerb(sandbox, signal)]);
  } finally {
    await removeCluster(sandbox, stack);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

async function endOfVerb(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
  await once(signal, "abort");
  await sandbox.interrupt();
  signal.throwIfAborted();
}

/**
 * The tools of a verification on a running stack, for as long as the action takes.
 *
 * @param turns how many scenarios will want users of their own
 * @param signal ends it between two steps
 */
export async function withFaultTools(
  stack: string,
  turns: number,
  signal: AbortSignal,
  action: (tools: FaultTools) => Promise<void>,
): Promise<void> {
  const { plan, hosts } = await runningStack(stack);
  await withBastions(async (bastions) => {
    const sessions = new Sessions(hosts, bastions);
    const context = new VerificationContext(plan, sessions, say, signal);
    const restoration = new Restoration(say);
    try {
      const phones = await preparePhones(context, Array.from<undefined>({ length: turns }), restoration);
      await action({ context, phones, ...powerSwitches(plan, hosts) });
    } finally {
      await restoration.run();
      sessions.close();
    }
  });
}

/** Also what an interrupted or failed run left; the sandbox stays when its state is still needed. */
async function removeCluster(sandbox: Sandbox, stack: string): Promise<void> {
  if ((await dockerObjects(stack)).length > 0) await sandbox.sipHa("destroy");
  const left = await dockerObjects(stack);
  if (left.length > 0) {
    throw new Error(
      `left behind: ${left.join(", ")}; remove them with docker rm and docker network rm, then ${sandbox.directory}`,
    );
  }
  await sandbox.remove();
}

/** @throws Error when it does not come up */
export async function build(sandbox: Sandbox): Promise<void> {
  const { exitCode } = await sandbox.sipHa("up");
  if (exitCode !== 0) throw new Error("the cluster could not be built; see above");
}
