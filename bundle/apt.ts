import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { cacheDir } from "../cli/directories.ts";
import { parsePrintUris, parseStanzas, type PlannedPackage, type Stanza } from "./control.ts";
import { addExtraSources, sourcesName } from "./extraSources.ts";
import type { BundleRequest, Progress } from "./model.ts";
import { machineSources } from "./sources.ts";

type Target = Pick<BundleRequest, "release" | "architecture" | "sources">;

/** How long another run may hold the package lists. */
const LOCK_PATIENCE_MS = 60_000;

/** What apt was asked, what it said, and what to do about it. */
export class AptError extends Error {
  constructor(step: string, said: string, fix: string) {
    super(`package bundle: ${step}: ${said}; ${fix}`);
    this.name = "AptError";
  }
}

/**
 * apt with directories of its own: for the hosts' release whatever the controller runs, as an ordinary user too,
 * and blind to what is installed on the controller. Proxies and credentials of the machine's apt stay in use.
 */
export class AptRoot {
  readonly #directory: string;
  readonly #options: readonly string[];

  private constructor(directory: string, architecture: string) {
    this.#directory = directory;
    const options = {
      "Dir::State": join(directory, "state"),
      "Dir::State::lists": join(directory, "lists"),
      "Dir::State::status": "/dev/null",
      "Dir::Cache": join(directory, "cache"),
      // images for containers often switch these off, which makes each question cost seconds
      "Dir::Cache::pkgcache": "pkgcache.bin",
      "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
      "Dir::Etc::sourcelist": "/dev/null",
      "Dir::Etc::sourceparts": join(directory, "sources"),
      "Dir::Etc::preferences": "/dev/null",
      "Dir::Etc::preferencesparts": "/dev/null",
      "APT::Architecture": architecture,
      "APT::Architectures": architecture,
      // the user _apt cannot enter somebody's home
      "APT::Sandbox::User": "root",
      "Acquire::Languages": "none",
      "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
      "Acquire::Retries": "3",
    };
    this.#options = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  }

  /**
   * Prepares the directories and sources, one set for each list of sources; touches no network.
   *
   * @param machine the controller's own sources
   * @throws AptError where apt or a package of a directory is missing
   */
  static async open(target: Target, machine = machineSources(target.release)): Promise<AptRoot> {
    const name = `${target.release}-${target.architecture}${sourcesName(target.sources)}`;
    const directory = join(cacheDir(), "apt", name);
    for (const part of ["state", "lists/partial", "cache/archives/partial", "sources", "status"]) {
      await mkdir(join(directory, part), { recursive: true });
    }
    await requireApt();
    await replaceFile(join(directory, "sources", "bundle.list"), machine.list);
    await replaceFile(join(directory, "sources", "bundle.sources"), machine.deb822);
    await replaceFile(join(directory, "sources", "extra.sources"), await addExtraSources(target.sources, directory));
    return new AptRoot(directory, target.architecture);
  }

  /** Fetches the package lists. Another run that is doing the same is waited for. */
  async update(progress: Progress): Promise<void> {
    progress("refreshing the package lists");
    const until = Date.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const result = await this.#run("apt-get", ["update", "--error-on=any"]);
      if (result.exitCode === 0) return;
      const locked = /could not get lock/i.test(result.stderr);
      if (!locked || Date.now() >= until) throw updateError(result.stderr);
      await delay(500);
    }
  }

  /** Everything that `apt-get install` of these would bring onto a machine where the packages of `status` are installed. */
  async plan(packages: readonly string[], status = ""): Promise<PlannedPackage[]> {
    const file = await this.#statusFile(status);
    const options = ["-o", `Dir::State::status=${file}`, "-o", "Debug::NoLocking=1", "--print-uris"];
    const install = ["--no-install-recommends", "--yes", "install", ...packages];
    const result = await this.#run("apt-get", [...options, ...install]);
    if (result.exitCode === 0) return parsePrintUris(result.stdout);
    const fix = "check the names, and that the machine's package sources carry the release; then run again";
    throw new AptError(`resolve ${packages.join(" ")}`, lastWords(result.stderr), fix);
  }

  /** The index paragraphs of packages, all versions that the sources have. Unknown names are passed over. */
  async show(names: readonly string[]): Promise<Stanza[]> {
    if (names.length === 0) return [];
    const result = await this.#run("apt-cache", ["show", ...names]);
    return parseStanzas(result.stdout);
  }

  /** Changes when the package lists do: they are vouched for by the signed release files. */
  async fingerprint(): Promise<string> {
    const lists = join(this.#directory, "lists");
    const releases = await readEnding(lists, "Release");
    return createHash("sha256").update(releases).digest("hex");
  }

  /** Downloads `name=version` files into a directory; apt checks signatures and digests. Answers what it said if it failed. */
  async download(packages: readonly PlannedPackage[], into: string): Promise<string | undefined> {
    const wanted = packages.map(({ name, version }) => `${name}=${version}`);
    const result = await this.#run("apt-get", ["-o", "Debug::NoLocking=1", "download", ...wanted], into);
    return result.exitCode === 0 ? undefined : lastWords(result.stderr);
  }

  /** Named by its content: apt's own cache stays valid for as long as the file is the same. */
  async #statusFile(status: string): Promise<string> {
    const file = join(this.#directory, "status", createHash("sha256").update(status).digest("hex"));
    if (!(await exists(file))) await replaceFile(file, status);
    return file;
  }

  async #run(program: string, args: readonly string[], cwd = this.#directory) {
    return execa(program, [...this.#options, "--quiet", ...args], {
      cwd,
      reject: false,
      stdin: "ignore",
      env: { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    });
  }
}

async function requireApt(): Promise<void> {
  const found = await execa("apt-get", ["--version"], { reject: false, stdin: "ignore" });
  if (found.exitCode === 0) return;
  throw new AptError("look for apt-get", "not found", "run on Debian or Ubuntu, or install the package apt");
}

async function readEnding(directory: string, ending: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(ending)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  return texts.join("\n\n");
}

/** Whether something is at this path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Writes a file so that nobody ever reads half of it. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

function updateError(stderr: string): AptError {
  const fix = "check the controller's network, proxy and package sources; then run again";
  return new AptError("refresh the package lists", lastWords(stderr), fix);
}

/** The lines that apt marks as errors, else its last ones. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const errors = lines.filter((line) => line.startsWith("E: ") && !line.includes("Unable to fetch some archives"));
  return (errors.length > 0 ? errors : lines).slice(-4).join(" | ") || "no reason given";
}
