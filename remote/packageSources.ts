import { z } from "zod";
import type { PackageSourcePlan } from "../config/plan.ts";

/** {@link PackageSourcePlan} as programs get it on stdin. */
export const packageSourceSchema: z.ZodType<PackageSourcePlan> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("repository"),
    url: z.string(),
    suite: z.string(),
    components: z.array(z.string()),
    signedBy: z.string(),
  }),
  z.object({ kind: z.literal("directory"), directory: z.string() }),
]);
