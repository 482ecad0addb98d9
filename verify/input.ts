import { z } from "zod";
import type { HostAccess } from "../components/hosts/host.ts";
import type { ClusterPlan, VerificationLevel } from "../config/plan.ts";
import { hostAccessSchema, planSchema } from "../remote/access.ts";

/** What one verification works on. */
export interface VerificationInput {
  readonly plan: ClusterPlan;
  readonly hosts: readonly HostAccess[];
  /** How far to go; each level includes the ones before it. */
  readonly level: VerificationLevel;
  /** Directory of the stack's reports; the run makes its own below it and points `latest` at it. */
  readonly reportDir: string;
}

const inputSchema: z.ZodType<VerificationInput> = z.object({
  plan: planSchema,
  hosts: z.array(hostAccessSchema),
  level: z.enum(["off", "checks", "switchover", "power-off"]),
  reportDir: z.string(),
});

/**
 * Reads the input of a verification from JSON.
 *
 * @throws Error that names each wrong property; values are not repeated, because some are secret
 */
export function parseInput(text: string): VerificationInput {
  const parsed = inputSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the verification's input is not usable: ${faults.join("; ")}`);
}
