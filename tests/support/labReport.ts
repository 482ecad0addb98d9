import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Sandbox } from "./sandbox.ts";

const reportSchema = z.object({
  scenarios: z.array(
    z.object({
      scenario: z.string().optional(),
      outageParts: z
        .object({
          outageMs: z.number(),
          parts: z.array(z.object({ name: z.string(), ms: z.number() })),
          notSeen: z.array(z.string()),
        })
        .optional(),
      measures: z.array(z.object({ bound: z.object({ name: z.string(), limit: z.number() }), measured: z.number() })),
    }),
  ),
});

async function scenarios(sandbox: Sandbox): Promise<z.infer<typeof reportSchema>["scenarios"]> {
  const text = await readFile(join(sandbox.reports, "latest", "report.json"), "utf8");
  return reportSchema.parse(JSON.parse(text)).scenarios;
}

/** What the outage of a scenario of the last verification was made of. */
export async function outageOf(sandbox: Sandbox, scenario: string) {
  const run = (await scenarios(sandbox)).find((candidate) => candidate.scenario === scenario);
  if (run?.outageParts === undefined)
    throw new Error(`the report does not say what the outage of ${scenario} is made of`);
  return run.outageParts;
}

/** Every measure of the last verification whose name begins so. */
export async function measures(sandbox: Sandbox, name: string): Promise<{ limit: number; measured: number }[]> {
  return (await scenarios(sandbox))
    .flatMap((scenario) => scenario.measures)
    .filter(({ bound }) => bound.name.startsWith(name))
    .map(({ bound, measured }) => ({ limit: bound.limit, measured }));
}
