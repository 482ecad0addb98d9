import { z } from "zod";
import { ACTIVATION, planOfInput } from "../activate/input.ts";
import { isRecord } from "../config/faults.ts";
import type { ClusterPlan } from "../config/plan.ts";
import type { ToolchainEnv } from "../toolchain/prepare.ts";
import { parseOutputs, pulumiOutput, type StackOutputs } from "./pulumi.ts";

const STACK_TYPE = "pulumi:pulumi:Stack";
/** Pulumi's types of the objects of a lab that carry its label. */
const DOCKER_TYPES: readonly string[] = ["docker:index/container:Container", "docker:index/network:Network"];

const properties = z.record(z.string(), z.unknown()).nullish();
const exportedSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          id: z.string().optional(),
          inputs: properties,
          outputs: properties,
        }),
      )
      .nullish(),
  }),
});
type Resource = NonNullable<z.infer<typeof exportedSchema>["deployment"]["resources"]>[number];

/**
 * What a stack's state tells. It is read once for a change: each call of the CLI takes a second, most of it to derive the
 * key from the passphrase.
 */
export class StackState {
  /** The parsed output of `pulumi stack export --show-secrets`. */
  readonly exported: unknown;
  readonly #resources: readonly Resource[];

  /** @throws Error when that is something else */
  constructor(exported: unknown) {
    const parsed = exportedSchema.safeParse(exported);
    if (!parsed.success)
      throw new Error(`unexpected output of \`pulumi stack export\`: ${z.prettifyError(parsed.error)}`);
    this.exported = exported;
    this.#resources = parsed.data.deployment.resources ?? [];
  }

  /** @throws Error where it cannot be read, for instance without the stack's passphrase */
  static async read({ env }: ToolchainEnv, stack: string): Promise<StackState> {
    return new StackState(JSON.parse(await pulumiOutput(env, stack, "stack", "export", "--show-secrets")));
  }

  /**
   * The plan that was activated last. The stack's outputs do not tell: Pulumi writes those of a deployment that failed, too.
   * Undefined where nothing was, or by another version of this project.
   */
  get activatedPlan(): ClusterPlan | undefined {
    const stdin = this.#find(ACTIVATION)?.inputs?.["stdin"];
    if (stdin === undefined) return undefined;
    // the value of a secret is JSON, and so is what it stands for
    const text = z.string().safeParse(revealed(stdin)).data;
    return text === undefined ? undefined : planOfInput(text);
  }

  /** Undefined when the stack has none yet, or those of another version of this project. */
  get outputs(): StackOutputs | undefined {
    return parseOutputs(revealed(this.#resources.find(({ type }) => type === STACK_TYPE)?.outputs ?? {}));
  }

  /** Ids of the containers and networks that the stack made. */
  get dockerIds(): ReadonlySet<string> {
    return new Set(
      this.#resources.flatMap(({ type, id }) => (DOCKER_TYPES.includes(type) && id !== undefined ? [id] : [])),
    );
  }

  /** The URN of a resource by the end of it, type and name; undefined when the stack does not have it. */
  urn(end: string): string | undefined {
    return this.#find(end)?.urn;
  }

  #find(end: string): Resource | undefined {
    return this.#resources.find(({ urn }) => urn.endsWith(end));
  }
}

/** A value in which each secret is what it stands for. */
function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (!isRecord(value)) return value;
  const { plaintext } = value;
  if (typeof plaintext === "string") return JSON.parse(plaintext);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, revealed(child)]));
}
