import { z } from "zod";
import type { ClusterPlan } from "../config/plan.ts";
import { planSchema } from "../remote/access.ts";
import type { ToolchainEnv } from "../toolchain/prepare.ts";
import { pulumiOutput } from "./pulumi.ts";

/** End of the URN of the command that takes everything into service. */
export const ACTIVATION = "sipha:index:Activation$command:local:Command::edge-activation-run";

const deploymentSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ urn: z.string(), inputs: z.record(z.string(), z.unknown()).nullish() })).nullish(),
  }),
});
const stdinSchema = z.object({ plaintext: z.string() });

/**
 * The plan that was activated last. The stack's outputs do not tell: Pulumi writes those of a deployment that failed, too.
 *
 * @returns undefined where nothing was, or by another version of this project
 */
export async function activatedPlan({ env }: ToolchainEnv, stack: string): Promise<ClusterPlan | undefined> {
  return planIn(JSON.parse(await pulumiOutput(env, stack, "stack", "export", "--show-secrets")));
}

/** Reads the parsed output of `pulumi stack export --show-secrets`; see {@link activatedPlan}. */
export function planIn(deployment: unknown): ClusterPlan | undefined {
  const resources = deploymentSchema.safeParse(deployment).data?.deployment.resources ?? [];
  const activation = resources.find(({ urn }) => urn.endsWith(ACTIVATION));
  const stdin = stdinSchema.safeParse(activation?.inputs?.["stdin"]).data;
  if (stdin === undefined) return undefined;
  // the value of a secret is JSON, and so is what it stands for
  const text = z.string().parse(JSON.parse(stdin.plaintext));
  return z.object({ plan: planSchema }).safeParse(JSON.parse(text)).data?.plan;
}
