import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import Docker from "dockerode";
import { machineSources } from "../bundle/sources.ts";
import { cacheDir } from "../cli/directories.ts";
import { canInstallPackages, installPackages } from "./apt.ts";
import { buildingPath } from "./building.ts";
import { ToolchainError } from "./errors.ts";
import { run, succeeds } from "./processes.ts";
import { changes, customizeHooks, labImageName, packages } from "./labImageName.ts";
import { projectDir } from "./versions.ts";

/** Whether the engine has the image. */
export async function labImageExists(image = labImageName()): Promise<boolean> {
  const images = await new Docker().listImages({ filters: { reference: [image] } });
  return images.length > 0;
}

/**
 * Makes the lab image: a Debian 12 tree from the machine's own package sources, kept in the cache, imported.
 * @throws ToolchainError when mmdebstrap is missing and cannot be installed, or fails
 */
export async function provideLabImage(onLine: (line: string) => void): Promise<string> {
  const image = labImageName();
  if (await labImageExists(image)) return image;
  const tree = join(cacheDir(), "images", `${image.replace(/[/:]/g, "-")}.tar`);
  if (!existsSync(tree)) await buildTree(tree, onLine);
  onLine("importing the tree into the Docker engine");
  await importTree(tree, image);
  return image;
}

async function buildTree(target: string, onLine: (line: string) => void): Promise<void> {
  await requireMmdebstrap(onLine);
  const building = buildingPath(target);
  const sources = join(tmpdir(), `sip-ha-sources-${process.pid}`);
  mkdirSync(sources, { recursive: true, mode: 0o700 });
  try {
    await run("mmdebstrap", debstrapArguments(building, await writeSources(sources), join(sources, "proxy.conf")), {
      step: "build the lab image's Debian 12 tree",
      fix: "check that apt-get update works on this machine and run the command again",
      cwd: projectDir,
      onLine,
    });
    renameSync(building, target);
  } finally {
    rmSync(building, { force: true });
    rmSync(sources, { recursive: true, force: true });
  }
}

function debstrapArguments(target: string, sources: readonly string[], aptOptions: string): readonly string[] {
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
    "bookworm",
    target,
    ...sources,
  ];
}

/** Package sources and proxy of this machine, as files that mmdebstrap reads. */
async function writeSources(directory: string): Promise<readonly string[]> {
  const dump = await run("apt-config", ["dump", "Acquire"], {
    step: "read apt's configuration",
    fix: "check that apt-config dump works",
  });
  const proxies = dump.split("\n").filter((line) => /^Acquire::https?::/i.test(line));
  writeFileSync(join(directory, "proxy.conf"), proxies.map((line) => `${line}\n`).join(""));
  const { list, deb822 } = machineSources("bookworm");
  return Object.entries({ "own.list": list, "own.sources": deb822 }).flatMap(([name, text]) => {
    if (text === "") return [];
    writeFileSync(join(directory, name), text);
    return [join(directory, name)];
  });
}

async function requireMmdebstrap(onLine: (line: string) => void): Promise<void> {
  if (await succeeds("mmdebstrap", ["--version"])) return;
  if (!canInstallPackages()) {
    const fix =
      "install it (sudo apt-get install mmdebstrap debian-archive-keyring), or run as root on Debian or Ubuntu";
    throw new ToolchainError("build the lab image's Debian 12 tree", "mmdebstrap is not installed", fix);
  }
  onLine("installing the packages mmdebstrap and debian-archive-keyring");
  await installPackages(["mmdebstrap", "debian-archive-keyring"], onLine);
}

async function importTree(tree: string, image: string): Promise<void> {
  const [repo, tag] = image.split(":");
  const progress = await new Docker().importImage(createReadStream(tree), { repo, tag, changes });
  let said = "";
  progress.on("data", (data: unknown) => (said = String(data)));
  await finished(progress);
  if (await labImageExists(image)) return;
  const fix = "see the engine's log and free disk, then run the command again";
  throw new ToolchainError("import the lab image", said.trim(), fix);
}
