import { createHash } from "node:crypto";
import { copyFile, link, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { AptError, exists, replaceFile } from "./apt.ts";
import { field, formatStanza, indexStanza, lockedPackage, parseStanzas, type Stanza } from "./control.ts";
import { debPath } from "./debs.ts";
import { canonicalJson, type BundleSources } from "./model.ts";
import { sha256Of } from "./wheel.ts";

type Repository = Extract<BundleSources[number], { kind: "repository" }>;
type Directory = Extract<BundleSources[number], { kind: "directory" }>;

/** What tells apt's directories of one list of sources from those of another; empty without sources. */
export function sourcesName(sources: BundleSources): string {
  if (sources.length === 0) return "";
  return `-${createHash("sha256").update(canonicalJson(sources)).digest("hex").slice(0, 16)}`;
}

/**
 * Puts keys and packages below `directory` and answers the sources that lead there, in apt's deb822 format.
 *
 * @throws AptError where a package is gone or is not what was there when the stack was planned
 */
export async function addExtraSources(sources: BundleSources, directory: string): Promise<string> {
  const stanzas: string[] = [];
  for (const [index, source] of sources.entries()) {
    const place = join(directory, `extra-${index}`);
    await mkdir(place, { recursive: true });
    stanzas.push(source.kind === "repository" ? await addKey(source, place) : await addDebs(source, place));
  }
  return stanzas.join("\n");
}

/** apt tells an armoured key from a binary one by the end of its name (sources.list(5), "Signed-By"). */
async function addKey({ url, suite, components, key }: Repository, place: string): Promise<string> {
  const bytes = Buffer.from(key, "base64");
  const file = join(place, bytes.toString("latin1").startsWith("-----") ? "key.asc" : "key.gpg");
  await writeFile(file, bytes);
  return stanzaText({ URIs: url, Suites: suite, Components: components.join(" "), "Signed-By": file });
}

/** A flat repository of the cache's copies. What vouches for it is the digest of each file, which the stack holds. */
async function addDebs({ directory, files }: Directory, place: string): Promise<string> {
  const index: string[] = [];
  for (const { file, sha256 } of files) {
    const cached = await cacheDeb(resolve(directory, file), sha256);
    const stanza = await describe(cached, file);
    const locked = lockedPackage(
      new Map([...stanza, ["Filename", poolName(stanza)], ["SHA256", sha256], ["Size", await sizeOf(cached)]]),
    );
    const offered = join(place, locked.file);
    if (!(await exists(offered))) await link(cached, offered).catch(() => copyFile(cached, offered));
    index.push(indexStanza(stanza, locked));
  }
  await replaceFile(join(place, "Packages"), index.join("\n"));
  return stanzaText({ URIs: `file:${encodeURI(place)}/`, Suites: "./", Trusted: "yes" });
}

/** The name that the archive's pool would give it; the one in the directory may be any. */
function poolName(stanza: Stanza): string {
  const version = field(stanza, "Version").replace(/^\d+:/, "");
  return `${field(stanza, "Package")}_${version}_${field(stanza, "Architecture")}.deb`;
}

async function sizeOf(path: string): Promise<string> {
  return String((await stat(path)).size);
}

function stanzaText(fields: Readonly<Record<string, string>>): string {
  return formatStanza(new Map([["Types", "deb"], ...Object.entries(fields)]));
}

async function cacheDeb(path: string, sha256: string): Promise<string> {
  const cached = debPath(sha256);
  if (await exists(cached)) return cached;
  const temporary = `${cached}.${process.pid}`;
  await mkdir(join(cached, ".."), { recursive: true });
  try {
    await copyFile(path, temporary).catch((error: unknown) => {
      throw new AptError(`read ${path}`, String(error), "put it back, or make a new plan; then run again");
    });
    const found = await sha256Of(temporary);
    if (found !== sha256) {
      const said = `its sha256 is ${found}, it was ${sha256} when the stack was planned`;
      throw new AptError(`read ${path}`, said, "leave the directory alone meanwhile, and run again");
    }
    await rename(temporary, cached);
    return cached;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function describe(path: string, file: string): Promise<Stanza> {
  const control = await execa("dpkg-deb", ["--field", path], { reject: false, stdin: "ignore" });
  const [stanza] = parseStanzas(control.stdout);
  if (control.exitCode === 0 && stanza) return stanza;
  throw new AptError(`read ${file}`, control.stderr || "it has no control data", "replace it, then run again");
}
