import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../cli/directories.ts";
import { AptError, AptRoot, exists } from "./apt.ts";
import type { BundleLock, BundleSources, LockedPackage, Progress } from "./model.ts";
import { sha256Of } from "./wheel.ts";

/** Where a package file with this digest is kept on the controller. */
export function debPath(sha256: string): string {
  return join(cacheDir(), "debs", `${sha256}.deb`);
}

/**
 * Downloads those of the locked packages that the cache lacks.
 * @throws AptError naming every package whose locked version the sources no longer have.
 */
export async function fetchDebs(
  lock: BundleLock,
  packages: readonly LockedPackage[],
  sources: BundleSources,
  progress: Progress,
): Promise<void> {
  if ((await absent(packages)).length === 0) return;
  const apt = await AptRoot.open({ ...lock, sources });
  const missing = await absent(packages);
  if (missing.length === 0) return;
  const megabytes = (missing.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1);
  progress(`downloading ${missing.length} packages, ${megabytes} MB`);
  await collect(apt, missing);
  const second = await absent(missing);
  if (second.length === 0) return;
  await apt.update(progress);
  const said = await collect(apt, second);
  const still = await absent(second);
  if (still.length > 0) throw goneError(still, said);
}

async function absent(packages: readonly LockedPackage[]): Promise<LockedPackage[]> {
  const present = await Promise.all(packages.map(({ sha256 }) => exists(debPath(sha256))));
  return packages.filter((_locked, index) => present[index] !== true);
}

/** Files arrive under their digest, so that whatever differs from the lock is simply not found there. */
async function collect(apt: AptRoot, packages: readonly LockedPackage[]): Promise<string | undefined> {
  const debs = join(cacheDir(), "debs");
  await mkdir(debs, { recursive: true });
  const temporary = await mkdtemp(join(debs, ".new-"));
  try {
    const offered = new Set((await apt.show(packages.map(({ name }) => name))).map((stanza) => stanza.get("SHA256")));
    const wanted = packages.filter(({ sha256 }) => offered.has(sha256));
    const said = wanted.length === 0 ? undefined : await apt.download(wanted, temporary);
    for (const file of await readdir(temporary)) {
      const path = join(temporary, file);
      if (file.endsWith(".deb")) await rename(path, debPath(await sha256Of(path)));
    }
    return said;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What to say when packages of the lock cannot be had; `said` is apt's own complaint, if it had one. */
export function goneError(gone: readonly LockedPackage[], said: string | undefined): AptError {
  const names = gone.map(({ name, version }) => `${name} ${version}`).join(", ");
  if (said !== undefined) {
    return new AptError(
      `download ${names}`,
      said,
      "check the controller's network and package sources; then run again",
    );
  }
  const fix = "make a new lock with npm run bundle:update, which takes the versions that the sources have now";
  return new AptError(
    `download ${names}`,
    "the package sources no longer have this version with the locked sha256",
    fix,
  );
}
