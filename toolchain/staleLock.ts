import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ToolchainError } from "./errors.ts";
import type { ToolchainEnv } from "./prepare.ts";
import { isErrorCode } from "./processTable.ts";
import { projectName, pulumi } from "./stack.ts";

const lockFile = z.object({ pid: z.number(), username: z.string(), hostname: z.string(), timestamp: z.string() });
type StackLock = z.infer<typeof lockFile>;

/**
 * Takes away the lock that a killed run left on the stack, and says so on stderr. Only file backends have such locks.
 * @throws ToolchainError when a run that lives, or one on another machine, holds the stack
 */
export async function clearStaleLock(toolchain: ToolchainEnv, stack: string): Promise<void> {
  const locks = readLocks(toolchain.backend.url, stack);
  const held = locks.find((lock) => lock.hostname !== hostname() || isPulumi(lock.pid));
  if (held !== undefined) {
    const { pid, username, timestamp } = held;
    const said = `process ${pid} of ${username} on ${held.hostname} holds it since ${timestamp}`;
    const fix = `wait for it to end; if it no longer exists, run pulumi cancel -s ${stack}`;
    throw new ToolchainError(`take stack ${stack}`, said, fix);
  }
  if (locks.length === 0) return;
  const pids = locks.map((lock) => lock.pid).join(", ");
  process.stderr.write(`stack ${stack} was left locked by process ${pids}, which no longer runs: unlocking it\n`);
  await pulumi(toolchain, ["cancel", stack, "--yes", "--non-interactive"], `unlock stack ${stack}`);
}

function readLocks(backendUrl: string, stack: string): readonly StackLock[] {
  if (!backendUrl.startsWith("file://")) return [];
  const root = backendUrl.startsWith("file:///") ? fileURLToPath(backendUrl) : backendUrl.slice("file://".length);
  const directory = join(root, ".pulumi", "locks", "organization", projectName(), stack);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .map((name) => lockFile.parse(JSON.parse(readFileSync(join(directory, name), "utf8"))));
}

/** The process id alone may have been given to another program since. */
function isPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi");
  } catch (error) {
    if (isErrorCode(error, "ENOENT")) return false;
    throw error;
  }
}
