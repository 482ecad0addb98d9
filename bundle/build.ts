import { copyFile, link, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../cli/directories.ts";
import type { HostRole } from "../config/plan.ts";
import { AptError, exists } from "./apt.ts";
import { indexStanza, parseStanzas } from "./control.ts";
import { debPath, fetchDebs } from "./debs.ts";
import {
  bundleId,
  compareText,
  roleManifest,
  type BundleLock,
  type BundleSources,
  type LockedPackage,
  type Progress,
  type RoleLock,
} from "./model.ts";
import { fetchWheel } from "./wheel.ts";

/** Everything that hosts of one role need, in one file on the controller. */
export interface Bundle {
  /** Of the role's part of the lock: names the bundle here and on the hosts. */
  readonly sha256: string;
  readonly tarFile: string;
  /** Of the tar file, in bytes. */
  readonly size: number;
}

/**
 * Makes the bundle of one role, or finds it in the cache. Same lock, same bytes.
 * @throws AptError or WheelError when something of the lock can no longer be downloaded.
 */
export async function buildBundle(
  role: HostRole,
  lock: BundleLock,
  sources: BundleSources,
  progress: Progress,
): Promise<Bundle> {
  const sha256 = bundleId(role, lock);
  const bundles = join(cacheDir(), "bundles");
  const tarFile = join(bundles, `${sha256}.tar`);
  if (!(await exists(tarFile))) {
    await mkdir(bundles, { recursive: true });
    const wheels = await fetchAll(lock, role, sources, progress);
    const tree = await mkdtemp(join(bundles, ".new-"));
    try {
      await layOut(tree, roleManifest(role, lock), lock.roles[role], wheels);
      await pack(tree, tarFile);
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  }
  return { sha256, tarFile, size: (await stat(tarFile)).size };
}

async function fetchAll(
  lock: BundleLock,
  role: HostRole,
  sources: BundleSources,
  progress: Progress,
): Promise<string[]> {
  const { packages, wheels } = lock.roles[role];
  await fetchDebs(lock, packages, sources, progress);
  return Promise.all(wheels.map((wheel) => fetchWheel(wheel, progress)));
}

async function layOut(tree: string, manifest: string, role: RoleLock, wheels: readonly string[]): Promise<void> {
  await mkdir(join(tree, "wheels"));
  const index: string[] = [];
  for (const locked of role.packages) {
    await place(debPath(locked.sha256), join(tree, locked.file));
    index.push(await describe(locked));
  }
  for (const [position, wheel] of role.wheels.entries()) {
    await place(wheels[position] ?? wheel.file, join(tree, "wheels", wheel.file));
  }
  await writeFile(join(tree, "Packages"), index.join("\n"));
  await writeFile(join(tree, "SHA256SUMS"), checksums(role));
  await writeFile(join(tree, "bundle.json"), `${manifest}\n`);
  await writeFile(join(tree, "packages.txt"), role.install.map((name) => `${name}\n`).join(""));
}

/** A second name for a cached file where the file system allows one, else a copy. */
async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

async function describe(locked: LockedPackage): Promise<string> {
  const control = await execa("dpkg-deb", ["--field", debPath(locked.sha256)], { reject: false, stdin: "ignore" });
  const [stanza] = parseStanzas(control.stdout);
  if (control.exitCode === 0 && stanza) return indexStanza(stanza, locked);
  const fix = `remove ${debPath(locked.sha256)} and run again`;
  throw new AptError(`read ${locked.file}`, control.stderr || "it has no control data", fix);
}

/** For sha256sum(1) on the host: tells a bundle that was cut off on its way from a whole one. */
export function checksums(role: RoleLock): string {
  const files = [
    ...role.packages.map(({ file, sha256 }) => ({ file, sha256 })),
    ...role.wheels.map(({ file, sha256 }) => ({ file: `wheels/${file}`, sha256 })),
  ];
  return files
    .sort((a, b) => compareText(a.file, b.file))
    .map(({ file, sha256 }) => `${sha256}  ${file}\n`)
    .join("");
}

async function pack(tree: string, tarFile: string): Promise<void> {
  const temporary = `${tree}.tar`;
  const reproducible = [
    "--sort=name",
    "--format=ustar",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mtime=@0",
    "--mode=u=rwX,go=rX",
  ];
  const made = await execa("tar", [...reproducible, "-C", tree, "-cf", temporary, "."], {
    reject: false,
    stdin: "ignore",
    env: { LC_ALL: "C" },
  });
  if (made.exitCode === 0) {
    await rename(temporary, tarFile);
    return;
  }
  await rm(temporary, { force: true });
  throw new AptError(`write ${tarFile}`, made.stderr, "make room in the cache directory and run again");
}
