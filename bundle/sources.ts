import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DebianRelease, releaseNames } from "../config/releases.ts";
import { formatStanza, parseStanzas } from "./control.ts";

/** Package sources in apt's two formats (sources.list(5)). */
export interface Sources {
  /** One-line format. */
  readonly list: string;
  /** deb822 format. */
  readonly deb822: string;
}

/** Pockets of a release that belong on a server: no backports, nobody's private suites. */
function suitesOf(release: string): ReadonlySet<string> {
  return new Set([release, `${release}-updates`, `${release}-security`]);
}

/** Of a machine's own sources, those that carry the hosts' release. */
export function filterSources(machine: Sources, release: string): Sources {
  const suites = suitesOf(release);
  return { list: filterList(machine.list, suites), deb822: filterDeb822(machine.deb822, suites) };
}

/**
 * Sources of another release at the same place: its main pocket alone, since not every mirror has the others.
 *
 * @param own sources of the release `from`
 */
export function otherRelease(own: Sources, from: string, to: string): Sources {
  const list = own.list
    .split("\n")
    .flatMap((line) => {
      const [, before, suite, after] = /^(\s*deb\s+(?:\[[^\]]*\]\s*)?\S+\s+)(\S+)(\s.*)$/.exec(line) ?? [];
      return suite === from ? [`${before ?? ""}${to}${after ?? ""}\n`] : [];
    })
    .join("");
  const stanzas = parseStanzas(own.deb822).filter((stanza) => words(stanza.get("Suites")).includes(from));
  const deb822 = stanzas.map((stanza) => formatStanza(new Map([...stanza, ["Suites", to]]))).join("\n");
  return { list, deb822 };
}

function filterList(text: string, suites: ReadonlySet<string>): string {
  const kept = text.split("\n").filter((line) => {
    const [, suite, components] = /^\s*deb\s+(?:\[[^\]]*\]\s*)?\S+\s+(\S+)((?:\s+[^#\s]+)*)/.exec(line) ?? [];
    return suite !== undefined && suites.has(suite) && words(components).includes("main");
  });
  return kept.map((line) => `${line.trim()}\n`).join("");
}

function filterDeb822(text: string, suites: ReadonlySet<string>): string {
  const kept: string[] = [];
  for (const stanza of parseStanzas(text)) {
    const wanted = words(stanza.get("Suites")).filter((suite) => suites.has(suite));
    const binary =
      words(stanza.get("Types")).includes("deb") && /^(?!no|false|0)/i.test(stanza.get("Enabled") ?? "yes");
    if (!binary || wanted.length === 0 || !words(stanza.get("Components")).includes("main")) continue;
    const own = new Map([...stanza, ["Types", "deb"], ["Suites", wanted.join(" ")], ["Components", "main"]]);
    own.delete("Architectures");
    kept.push(formatStanza(own));
  }
  return kept.join("\n");
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

/** The same pockets of another release at the same places: `bookworm-security` becomes `trixie-security`. */
function samePockets({ list, deb822 }: Sources, from: DebianRelease, to: DebianRelease): Sources {
  const renamed = (suite: string): string => suite.replace(new RegExp(`^${from}(?=-|$)`), to);
  const stanzas = parseStanzas(deb822).map((stanza) => {
    const suites = words(stanza.get("Suites")).map(renamed).join(" ");
    return formatStanza(new Map([...stanza, ["Suites", suites]]));
  });
  const line = /^(\s*deb\s+(?:\[[^\]]*\]\s*)?\S+\s+)(\S+)/gm;
  return {
    list: list.replace(line, (_all, before: string, suite: string) => `${before}${renamed(suite)}`),
    deb822: stanzas.join("\n"),
  };
}

/**
 * The machine's own sources of a release; they may be a mirror. Where it has none, those of the release that it runs tell
 * where the other one lies.
 *
 * @throws Error when it has none of any
 */
export function machineSources(release: DebianRelease, etcApt = "/etc/apt"): Sources {
  const parts = join(etcApt, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const ending = (end: string): string[] => names.filter((name) => name.endsWith(end)).map((name) => join(parts, name));
  const read = (files: readonly string[]): string =>
    files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")).join("\n\n");
  const machine = { list: read([join(etcApt, "sources.list"), ...ending(".list")]), deb822: read(ending(".sources")) };
  for (const from of [release, ...releaseNames.filter((name) => name !== release)]) {
    const own = filterSources(machine, from);
    if (own.list !== "" || own.deb822 !== "") return from === release ? own : samePockets(own, from, release);
  }
  throw new Error(
    `this machine has no package source of Debian ${release}, component main; ` +
      `add one with its key below ${parts}, then run again`,
  );
}
