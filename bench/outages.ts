import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FIGURES, type Sample } from "./figures.ts";

const reportSchema = z.object({
  startedAt: z.string(),
  scenarios: z.array(
    z.object({ measures: z.array(z.object({ bound: z.object({ name: z.string() }), measured: z.number() })) }),
  ),
});

/** The outages that a verification's report.json holds. */
export function outagesIn(reportText: string): readonly Sample[] {
  const { scenarios } = reportSchema.parse(JSON.parse(reportText));
  const measures = scenarios.flatMap((scenario) => scenario.measures);
  return measures.flatMap(({ bound, measured }) => {
    const figure = FIGURES.find(({ subject, title }) => subject === "outage" && title === bound.name);
    return figure ? [{ title: figure.title, milliseconds: measured }] : [];
  });
}

/** The outages of a report that was begun at or after `since`; none when the last verification is older, or there is none. */
export async function readOutages(path: string, since: Date): Promise<readonly Sample[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const { startedAt } = reportSchema.parse(JSON.parse(text));
  return new Date(startedAt) < since ? [] : outagesIn(text);
}
