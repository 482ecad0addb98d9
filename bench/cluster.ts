import { stateDir } from "../cli/directories.ts";
import { dockerObjects, type LabSite, Sandbox } from "../tests/support/sandbox.ts";

/**
 * A cluster of a bench's own, beside the user's other stacks, for as long as the action takes; removed however it ends.
 *
 * @param action gets it built and checked
 */
export async function withCluster(site: LabSite, action: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await Sandbox.create({ site, state: stateDir() });
  try {
    await build(sandbox);
    await action(sandbox);
  } finally {
    await removeCluster(sandbox, site.stack);
  }
}

/** Also what an interrupted or failed run left; the sandbox stays when its state is still needed. */
export async function removeCluster(sandbox: Sandbox, stack: string): Promise<void> {
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
