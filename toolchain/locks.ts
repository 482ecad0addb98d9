import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrorCode, processIsAlive } from "./processTable.ts";

/**
 * Runs `work` while no other run on this machine holds the same lock.
 * @param directory where the lock file `<name>.lock` lives; made when missing
 * @param onWait called once when another run holds it, with that run's process id
 */
export async function withLock<T>(
  directory: string,
  name: string,
  onWait: (pid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(directory, { recursive: true });
  const lock = join(directory, `${name}.lock`);
  await take(lock, onWait);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

async function take(lock: string, onWait: (pid: number) => void): Promise<void> {
  const mine = `${lock}.${randomUUID()}`;
  writeFileSync(mine, String(process.pid));
  try {
    for (let waited = false; !linked(mine, lock); waited = true) {
      const holder = holderOf(lock);
      if (!processIsAlive(holder)) {
        rmSync(lock, { force: true });
        continue;
      }
      if (!waited) onWait(holder);
      await sleep(250);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A link appears together with its content, so a lock without a holder cannot exist. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isErrorCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** 0, a process that is never alive for us, when the lock went away meanwhile. */
function holderOf(lock: string): number {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch (error) {
    if (isErrorCode(error, "ENOENT")) return 0;
    throw error;
  }
}
