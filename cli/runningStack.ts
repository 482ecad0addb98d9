import { prepareToolchain } from "../toolchain/prepare.ts";
import { readOutputs, type StackOutputs } from "./pulumi.ts";

/**
 * The plan and the hosts of a stack that was deployed.
 *
 * @throws Error when it has not been
 */
export async function runningStack(stack: string): Promise<StackOutputs> {
  const { env } = await prepareToolchain({ need: ["pulumi"], quiet: true });
  return readOutputs(env, stack);
}
