import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import Docker from "dockerode";
import { machineSources, otherRelease, type Sources } from "../bundle/sources.ts";
import { cacheDir } from "../cli/directories.ts";
import { releaseNames } from "../config/releases.ts";
import { canInstallPackages, installPackages } from "./apt.ts";
import { buildingPath } from "./building.ts";
import { ToolchainError } from "./errors.ts";
import { run, succeeds } from "./processes.ts";
import { projectDir } from "./versions.ts";

/** A local image that is made from Debian's packages. */
export interface DebianImage {
  /** `repository:tag`; the tag stands for everything it is made by. */
  readonly name: string;
  /** As in "build the lab image's tree". */
  readonly title: string;
  /** Debian releases that have its packages; the first that the machine's package sources have is taken. */
  readonly suites: readonly string[];
  readonly packages: readonly string[];
  /** Run in order with the new tree's path as `$1`, after the packages are in. */
  readonly customizeHooks: readonly string[];
  /** Instructions of a Dockerfile. */
  readonly changes: readonly string[];
  /** What to do when it cannot be made from any of them. */
  readonly fix: string;
}

/** Whether the engine has the image. */
export async function imageExists(image: string): Promise<boolean> {
  const images = await new Docker().listImages({ filters: { reference: [image] } });
  return images.length > 0;
}

/**
 * Makes an image from the machine's own package sources; its tree is kept in the cache, then imported.
 * @throws ToolchainError when mmdebstrap is missing and cannot be installed, or fails for each release
 */
export async function provideImage(image: DebianImage, onLine: (line: string) => void): Promise<string> {
  if (await imageExists(image.name)) return image.name;
  const tree = join(cacheDir(), "images", `${image.name.replace(/[/:]/g, "-")}.tar`);
  if (!existsSync(tree)) await buildTree(image, tree, onLine);
  onLine("importing the tree into the Docker engine");
  await importTree(tree, image);
  return image.name;
}

async function buildTree(image: DebianImage, target: string, onLine: (line: string) => void): Promise<void> {
  await requireMmdebstrap(image, onLine);
  const failures: string[] = [];
  for (const suite of image.suites) {
    try {
      await buildFrom(suite, image, target, onLine);
      return;
    } catch (error) {
      failures.push(`${suite}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new ToolchainError(`build ${image.title} tree`, failures.join("\n"), image.fix);
}

async function buildFrom(
  suite: string,
  image: DebianImage,
  target: string,
  onLine: (line: string) => void,
): Promise<void> {
  const building = buildingPath(target);
  const sources = join(tmpdir(), `sip-ha-sources-${process.pid}`);
  mkdirSync(sources, { recursive: true, mode: 0o700 });
  try {
    const files = await writeSources(suite, sources);
    await run("mmdebstrap", debstrapArguments(image, suite, building, files, join(sources, "proxy.conf")), {
      step: "mmdebstrap",
      fix: "check that apt-get update works on this machine",
      cwd: projectDir,
      onLine,
    });
    renameSync(building, target);
  } finally {
    rmSync(building, { force: true });
    rmSync(sources, { recursive: true, force: true });
  }
}

function debstrapArguments(
  { packages, customizeHooks }: DebianImage,
  suite: string,
  target: string,
  sources: readonly string[],
  aptOptions: string,
): readonly string[] {
  return [
    "--variant=minbase",
    "--format=tar",
    `--include=${packages.join(",")}`,
    `--aptopt=${aptOptions}`,
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    ...customizeHooks.map((hook) => `--customize-hook=${hook}`),
    suite,
    target,
    ...sources,
  ];
}

/** Package sources and proxy of this machine, as files that mmdebstrap reads. */
async function writeSources(suite: string, directory: string): Promise<readonly string[]> {
  const dump = await run("apt-config", ["dump", "Acquire"], {
    step: "read apt's configuration",
    fix: "check that apt-config dump works",
  });
  const proxies = dump.split("\n").filter((line) => /^Acquire::https?::/i.test(line));
  writeFileSync(join(directory, "proxy.conf"), proxies.map((line) => `${line}\n`).join(""));
  const { list, deb822 } = hostSources(suite);
  return Object.entries({ "own.list": list, "own.sources": deb822 }).flatMap(([name, text]) => {
    if (text === "") return [];
    writeFileSync(join(directory, name), text);
    return [join(directory, name)];
  });
}

/** Where the machine gets its own release from, other releases lie as well. */
function hostSources(suite: string): Sources {
  const known = releaseNames.find((name) => name === suite);
  return known ? machineSources(known) : otherRelease(machineSources("bookworm"), "bookworm", suite);
}

async function requireMmdebstrap({ title }: DebianImage, onLine: (line: string) => void): Promise<void> {
  if (await succeeds("mmdebstrap", ["--version"])) return;
  if (!canInstallPackages()) {
    const fix =
      "install it (sudo apt-get install mmdebstrap debian-archive-keyring), or run as root on Debian or Ubuntu";
    throw new ToolchainError(`build ${title} tree`, "mmdebstrap is not installed", fix);
  }
  onLine("installing the packages mmdebstrap and debian-archive-keyring");
  await installPackages(["mmdebstrap", "debian-archive-keyring"], onLine);
}

async function importTree(tree: string, { name, title, changes }: DebianImage): Promise<void> {
  const [repo, tag] = name.split(":");
  const progress = await new Docker().importImage(createReadStream(tree), { repo, tag, changes: [...changes] });
  let said = "";
  progress.on("data", (data: unknown) => (said = String(data)));
  await finished(progress);
  if (await imageExists(name)) return;
  const fix = "see the engine's log and free disk, then run the command again";
  throw new ToolchainError(`import ${title}`, said.trim(), fix);
}
