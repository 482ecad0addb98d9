import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolchainError } from "./errors.ts";
import { run } from "./processes.ts";

/** Whether missing programs can be installed here: Debian or Ubuntu, and we are root. */
export function canInstallPackages(): boolean {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

/**
 * Installs distribution packages; refreshes the package lists only when they are too old to find them.
 * @throws ToolchainError with apt's own words
 */
export async function installPackages(packages: readonly string[], onLine: (line: string) => void): Promise<void> {
  const step = `install ${packages.join(" ")}`;
  const fix = `run apt-get update && apt-get install ${packages.join(" ")} by hand and see what it says`;
  if (!canInstallPackages()) throw new ToolchainError(step, "needs Debian or Ubuntu and root", fix);
  const options = { step, fix, onLine, env: { DEBIAN_FRONTEND: "noninteractive" } };
  const install = ["install", "-y", "-q", "--no-install-recommends", ...packages];
  try {
    await run("apt-get", install, options);
  } catch {
    onLine("apt-get update, since the packages were not found as listed");
    await run("apt-get", ["update", "-q"], options);
    await run("apt-get", install, options);
  }
}

/** A file of apt sources, in the form that its name's end tells. */
export interface SourcesFile {
  readonly name: string;
  readonly text: string;
}

const bookworm = /^bookworm(-updates|-security|\/updates)?$/;

/** Where packages of Debian 12 come from when the machine itself runs something else. */
const publicSources: SourcesFile = { name: "debian.list", text: "deb http://deb.debian.org/debian bookworm main\n" };

/** The machine's own package sources of Debian 12; the public ones when it has none. */
export function debian12Sources(etcApt = "/etc/apt"): readonly SourcesFile[] {
  const directory = join(etcApt, "sources.list.d");
  const files = existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
  const own = [join(etcApt, "sources.list"), ...files]
    .filter((file) => existsSync(file))
    .map((file) => ({ file, text: onlyDebian12(file, readFileSync(file, "utf8")) }))
    .filter(({ text }) => text !== "")
    .map(({ file, text }, index) => ({ name: `${index}${file.endsWith(".sources") ? ".sources" : ".list"}`, text }));
  return own.length > 0 ? own : [publicSources];
}

/** What of a sources file belongs to Debian 12: its suites, component main, binary packages. */
export function onlyDebian12(file: string, text: string): string {
  if (file.endsWith(".sources")) return onlyDebian12Stanzas(text);
  if (!file.endsWith(".list")) return "";
  const lines = text.split("\n").filter((line) => {
    const [suite, ...components] = line.replace(/^deb\s+(\[[^\]]*\]\s+)?\S+\s+/, "").split(/\s+/);
    return /^deb\s/.test(line) && bookworm.test(suite ?? "") && components.includes("main");
  });
  return lines.map((line) => `${line}\n`).join("");
}

function onlyDebian12Stanzas(text: string): string {
  const stanzas = text.split(/\n\s*\n/).flatMap((stanza) => {
    const lines = stanza.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
    const field = (name: string): readonly string[] =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.split(/[:\s]+/)
        .slice(1) ?? [];
    const suites = field("suites").filter((suite) => bookworm.test(suite));
    const usable = field("types").includes("deb") && field("components").includes("main");
    if (!usable || suites.length === 0 || field("enabled").includes("no")) return [];
    return [lines.map((line) => (/^suites:/i.test(line) ? `Suites: ${suites.join(" ")}` : line)).join("\n")];
  });
  return stanzas.map((stanza) => `${stanza}\n`).join("\n");
}
