import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Sandbox } from "./sandbox.ts";

const reportSchema = z.object({
  scenarios: z.array(
    z.object({
      measures: z.array(z.object({ bound: z.object({ name: z.string(), limit: z.number() }), measured: z.number() })),
    }),
  ),
});

/** Every measure of the last verification whose name begins so. */
export async function measures(sandbox: Sandbox, name: string): Promise<{ limit: number; measured: number }[]> {
  const text = await readFile(join(sandbox.reports, "latest", "report.json"), "utf8");
  return reportSchema
    .parse(JSON.parse(text))
    .scenarios.flatMap((scenario) => scenario.measures)
    .filter(({ bound }) => bound.name.startsWith(name))
    .map(({ bound, measured }) => ({ limit: bound.limit, measured }));
}
