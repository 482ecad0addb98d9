import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * A path beside `target` to build it at, so that it appears complete by a rename. What interrupted runs left beside it
 * is removed; the caller holds the toolchain's lock.
 */
export function buildingPath(target: string): string {
  mkdirSync(dirname(target), { recursive: true });
  for (const name of readdirSync(dirname(target))) {
    if (name.startsWith(`${basename(target)}.building-`)) rmSync(join(dirname(target), name), { recursive: true });
  }
  return `${target}.building-${process.pid}`;
}
