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
    if ((await dockerObjects(site.stack)).length > 0) await sandbox.sipHa("destroy");
    await sandbox.remove();
  }
}

/** @throws Error when it does not come up */
export async function build(sandbox: Sandbox): Promise<void> {
  const { exitCode } = await sandbox.sipHa("up");
  if (exitCode !== 0) throw new Error("the cluster could not be built; see above");
}
