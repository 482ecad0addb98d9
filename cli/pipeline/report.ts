import { cp, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { stateDir } from "../directories.ts";
import { say } from "../say.ts";

/**
 * Runs something that may verify the stack, and copies the report of it, if there is one, also when it failed.
 *
 * @param directory where report.html and report.json go; undefined: nowhere
 */
export async function withReport(
  directory: string | undefined,
  stack: string,
  run: () => Promise<void>,
): Promise<void> {
  const started = Date.now();
  try {
    await run();
  } finally {
    if (directory !== undefined) await copyReport(directory, stack, started);
  }
}

async function copyReport(directory: string, stack: string, since: number): Promise<void> {
  const latest = join(stateDir(), "reports", stack, "latest");
  const written = await stat(join(latest, "report.json")).catch(() => undefined);
  if (written === undefined || written.mtimeMs < since) return;
  await mkdir(directory, { recursive: true });
  for (const name of ["report.json", "report.html"]) await cp(join(latest, name), join(directory, name));
  say(`copied the report to ${directory}`);
}
