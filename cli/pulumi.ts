import { execa } from "execa";
import { z } from "zod";
import type { HostAccess } from "../components/hosts/host.ts";
import type { ClusterPlan } from "../config/plan.ts";
import { hostAccessSchema, planSchema } from "../remote/access.ts";
import { projectDir } from "../toolchain/versions.ts";

type Environment = Readonly<Record<string, string>>;

/** A Pulumi command that ended with an error; Pulumi itself has told why on the terminal. */
export class PulumiFailedError extends Error {
  constructor(words: readonly string[], exitCode: number | undefined) {
    super(
      `pulumi ${words.join(" ")} ended with ${exitCode ?? "a signal"}; what failed is told above; running again continues where it stopped`,
    );
    this.name = "PulumiFailedError";
  }
}

/**
 * Runs the Pulumi CLI on the project, its display going straight to the terminal.
 * @throws PulumiFailedError when it fails.
 */
export async function pulumi(env: Environment, stack: string, ...words: readonly string[]): Promise<void> {
  const result = await execa("pulumi", [...words, "--stack", stack, "--non-interactive"], {
    cwd: projectDir,
    env,
    preferLocal: true,
    localDir: projectDir,
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
  });
  if (result.exitCode !== 0) throw new PulumiFailedError(words, result.exitCode);
}

/** Runs the Pulumi CLI and answers all that it says and how it ends, for a caller that passes it on. */
export async function pulumiTold(
  env: Environment,
  stack: string,
  ...words: readonly string[]
): Promise<{ readonly exitCode: number | undefined; readonly told: string }> {
  const result = await execa("pulumi", [...words, "--stack", stack, "--non-interactive"], {
    cwd: projectDir,
    env,
    preferLocal: true,
    localDir: projectDir,
    stdin: "ignore",
    all: true,
    reject: false,
  });
  return { exitCode: result.exitCode, told: result.all };
}

/** Runs the Pulumi CLI and answers its stdout, which stays in memory: it may hold secrets. */
export async function pulumiOutput(env: Environment, stack: string, ...words: readonly string[]): Promise<string> {
  const result = await execa("pulumi", [...words, "--stack", stack, "--non-interactive"], {
    cwd: projectDir,
    env,
    preferLocal: true,
    localDir: projectDir,
    reject: false,
  });
  if (result.exitCode !== 0) throw new Error(`pulumi ${words.join(" ")}: ${result.stderr.trim()}`);
  return result.stdout;
}

const outputsSchema = z.object({ cluster: planSchema, access: z.array(hostAccessSchema) });

/** The two outputs of a stack: all that the tool needs to work on a running cluster. */
export interface StackOutputs {
  readonly plan: ClusterPlan;
  readonly hosts: readonly HostAccess[];
}

/** Reads parsed outputs; undefined where there are none yet, or those of another version of this project. */
export function parseOutputs(values: unknown): StackOutputs | undefined {
  const outputs = outputsSchema.safeParse(values);
  return outputs.success ? { plan: outputs.data.cluster, hosts: outputs.data.access } : undefined;
}

/** @throws Error when the stack has no outputs yet. */
export async function readOutputs(env: Environment, stack: string): Promise<StackOutputs> {
  const text = await pulumiOutput(env, stack, "stack", "output", "--json", "--show-secrets");
  const outputs = parseOutputs(JSON.parse(text));
  if (outputs) return outputs;
  throw new Error(`stack ${stack} has no cluster yet; run \`npm run up -- --stack ${stack}\` first`);
}
