import { resolve } from "node:path";
import { collectLogs } from "../remote/collectLogs.ts";
import { runningStack } from "./runningStack.ts";
import { say } from "./say.ts";

interface LogsOptions {
  readonly stack: string;
  readonly minutes: string;
  readonly file?: string;
}

/** Collects what every host logged into one archive, and prints its path. */
export async function logs({ stack, minutes, file }: LogsOptions): Promise<void> {
  if (!/^[1-9][0-9]{0,5}$/.test(minutes))
    throw new Error(`--minutes must be a whole number from 1 to 999999, got ${minutes}`);
  const { hosts } = await runningStack(stack);
  const path = resolve(file ?? `sip-ha-logs-${stack}-${new Date().toISOString().replaceAll(":", "")}.tar.gz`);
  await collectLogs(hosts, path, Number(minutes), say);
  process.stdout.write(`${path}\n`);
}
