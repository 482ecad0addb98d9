import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { cacheDir } from "../cli/directories.ts";
import { exists, lastWords } from "./apt.ts";
import type { LockedWheel, Progress, WheelRequest } from "./model.ts";

/** Debian 12 has glibc 2.36, Debian 13 a later one; 2.17 is where versioned manylinux tags begin to be common (PEP 600). */
const GLIBC_MINORS = Array.from({ length: 36 - 17 + 1 }, (_, index) => 36 - index);

/** A Python wheel that could not be had: what was asked, what was said, what to do. */
export class WheelError extends Error {
  constructor(wheel: WheelRequest, said: string, fix: string) {
    super(`package bundle: get the wheel ${wheel.name} ${wheel.version} for Python ${wheel.python}: ${said}; ${fix}`);
    this.name = "WheelError";
  }
}

/** Downloads a wheel into the cache and says which file it is. */
export async function lockWheel(wheel: WheelRequest, progress: Progress): Promise<LockedWheel> {
  const { file, sha256 } = await download(wheel, progress);
  const { name, version, python } = wheel;
  return { name, version, python, file, sha256 };
}

/**
 * The path of a locked wheel on the controller, downloaded if it is not cached.
 * @throws WheelError when the index has another file under this version.
 */
export async function fetchWheel(wheel: LockedWheel, progress: Progress): Promise<string> {
  const cached = cachedPath(wheel);
  if (await exists(cached)) return cached;
  progress(`downloading ${wheel.file}`);
  const got = await download(wheel, progress);
  if (got.file === wheel.file && got.sha256 === wheel.sha256) return cached;
  const said = `got ${got.file} with sha256 ${got.sha256}, the lock has ${wheel.file} with ${wheel.sha256}`;
  throw new WheelError(wheel, said, "if the new file is to be trusted, make a new lock with npm run bundle:update");
}

/** Lower-case hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function cachedPath(wheel: { readonly sha256: string; readonly file: string }): string {
  return join(cacheDir(), "wheels", wheel.sha256, wheel.file);
}

async function download(wheel: WheelRequest, progress: Progress): Promise<{ file: string; sha256: string }> {
  await requirePip(wheel, progress);
  const wheels = join(cacheDir(), "wheels");
  await mkdir(wheels, { recursive: true });
  const temporary = await mkdtemp(join(wheels, ".new-"));
  try {
    await pip(wheel, temporary);
    const [file, ...more] = await readdir(temporary);
    if (file === undefined || more.length > 0) throw new WheelError(wheel, "not exactly one file came", "run again");
    const sha256 = await sha256Of(join(temporary, file));
    await mkdir(join(wheels, sha256), { recursive: true });
    await rename(join(temporary, file), cachedPath({ sha256, file }));
    return { file, sha256 };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function pip(wheel: WheelRequest, into: string): Promise<void> {
  const platforms = GLIBC_MINORS.flatMap((minor) => ["--platform", `manylinux_2_${minor}_x86_64`]);
  const python = [
    "--implementation",
    "cp",
    "--python-version",
    wheel.python,
    "--abi",
    `cp${wheel.python.replace(".", "")}`,
  ];
  const args = ["download", "--no-deps", "--only-binary", ":all:", ...python, ...platforms, "--dest", into];
  const result = await execa("python3", ["-m", "pip", ...args, `${wheel.name}==${wheel.version}`], {
    reject: false,
    stdin: "ignore",
  });
  if (result.exitCode === 0) return;
  const fix = "check the controller's network and pip's configuration (pip config list); then run again";
  throw new WheelError(wheel, lastWords(result.stderr), fix);
}

/** pip is the ordinary client of the package index; where it is missing and may be installed, it is. */
async function requirePip(wheel: WheelRequest, progress: Progress): Promise<void> {
  if (await hasPip()) return;
  const fix = "install pip on the controller (Debian: apt-get install python3-pip) and run again";
  if (process.getuid?.() !== 0 || !(await exists("/etc/debian_version")))
    throw new WheelError(wheel, "pip is missing", fix);
  progress("installing python3-pip on this machine, to download a Python wheel");
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const options = { reject: false, stdin: "ignore", env } as const;
  await execa("apt-get", ["--quiet", "update"], options);
  const installed = await execa(
    "apt-get",
    ["--quiet", "--yes", "--no-install-recommends", "install", "python3-pip"],
    options,
  );
  if (!(await hasPip())) throw new WheelError(wheel, `pip is missing, and ${lastWords(installed.stderr)}`, fix);
}

async function hasPip(): Promise<boolean> {
  const found = await execa("python3", ["-m", "pip", "--version"], { reject: false, stdin: "ignore" });
  return found.exitCode === 0;
}
