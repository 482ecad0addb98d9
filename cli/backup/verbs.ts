import { readFile, rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { runningStack } from "../runningStack.ts";
import { say } from "../say.ts";
import { countsText, withDatabaseBackup } from "./program.ts";

interface Options {
  readonly stack: string;
}

/** Writes users, contacts and accounts into a file that only its owner can read, after a trial restore. */
export async function backup({ stack, file }: Options & { readonly file?: string }): Promise<void> {
  const { hosts } = await runningStack(stack);
  const path = resolve(file ?? `sip-ha-${stack}-${new Date().toISOString().replaceAll(":", "")}.sql`);
  await withDatabaseBackup(hosts, async (database) => {
    const dump = await database.dump();
    const counts = await database.check(dump);
    // whole or not at all, and never readable for others: it holds the digests of all users
    await writeFile(`${path}.new`, dump, { mode: 0o600 });
    await rename(`${path}.new`, path);
    say(`backup: restored into a scratch database: ${countsText(counts)}`);
  });
  process.stdout.write(`${path}\n`);
}

/** Replaces users, contacts and accounts by those of a backup, after a trial restore; `--check` stops after the trial. */
export async function restore(file: string, { stack, check }: Options & { readonly check?: true }): Promise<void> {
  const dump = await readFile(file, "utf8");
  const { hosts } = await runningStack(stack);
  await withDatabaseBackup(hosts, async (database) => {
    const counts = await database.check(dump);
    say(`trial restore into a scratch database: ${countsText(counts)}`);
    if (check) return;
    say(`restored: ${countsText(await database.restore(dump))}`);
  });
}
