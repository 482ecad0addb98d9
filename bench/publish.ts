import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { say } from "../cli/say.ts";
import { projectDir } from "../toolchain/versions.ts";

/**
 * Prints a result as Markdown, and keeps it as JSON in `reports/bench/`.
 *
 * @param name begins the file's name, before the time; empty for the bench itself
 */
export async function publish(name: string, text: string, result: { readonly startedAt: string }): Promise<void> {
  process.stdout.write(`\n${text}`);
  const directory = join(projectDir, "reports", "bench");
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${name}${result.startedAt.replaceAll(":", "")}.json`);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  say(`written: ${file}`);
}
