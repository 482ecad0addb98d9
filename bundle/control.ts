import type { LockedPackage } from "./model.ts";
import { compareText } from "./model.ts";

/** One paragraph of a Debian control file (deb822(5)); continuation lines stay in their field's value. */
export type Stanza = ReadonlyMap<string, string>;

/** A package that apt would install. */
export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
}

/** Splits control data into its paragraphs. Comments are dropped. */
export function parseStanzas(text: string): Stanza[] {
  const paragraphs = text.split(/\n\s*\n/).map(parseStanza);
  return paragraphs.filter((stanza) => stanza.size > 0);
}

function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let current: string | undefined;
  for (const line of text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"))) {
    const field = /^([^\s:]+):[ \t]*(.*)$/.exec(line);
    if (/^\s/.test(line) && current !== undefined) {
      fields.set(current, `${fields.get(current) ?? ""}\n${line}`);
    } else if (field?.[1] !== undefined) {
      current = field[1];
      fields.set(current, field[2] ?? "");
    }
  }
  return fields;
}

/** The inverse of {@link parseStanzas} for one paragraph, with a final newline. */
export function formatStanza(stanza: Stanza): string {
  return [...stanza]
    .map(([name, value]) => (value === "" ? `${name}:\n` : `${name}: ${value}\n`))
    .join("")
    .replaceAll(": \n", ":\n");
}

/** The value of a field, whose absence in a package index means that the index is broken. */
export function field(stanza: Stanza, name: string): string {
  const value = stanza.get(name);
  if (value === undefined) {
    throw new Error(
      `package index: ${stanza.get("Package") ?? "a paragraph"} has no ${name}; refresh the package lists and try again`,
    );
  }
  return value;
}

/**
 * Reads the lines `'URI' name_version_arch.deb size hash` of `apt-get --print-uris`.
 * Everything else that apt says is passed over.
 */
export function parsePrintUris(text: string): PlannedPackage[] {
  const planned: PlannedPackage[] = [];
  for (const line of text.split("\n")) {
    const [, name, version] = /^'[^']*' ([^_\s]+)_([^_\s]+)_[^_\s]+\.deb \d+/.exec(line) ?? [];
    if (name !== undefined && version !== undefined) planned.push({ name, version: decodeURIComponent(version) });
  }
  return planned.sort((a, b) => compareText(a.name, b.name));
}

/** What a lock remembers of a paragraph of the archive's package index. */
export function lockedPackage(stanza: Stanza): LockedPackage {
  return {
    name: field(stanza, "Package"),
    version: field(stanza, "Version"),
    file: field(stanza, "Filename").replace(/^.*\//, ""),
    sha256: field(stanza, "SHA256"),
    size: Number(field(stanza, "Size")),
  };
}

/** A paragraph of the bundle's own index: the package's control data plus where its file is and what it must be. */
export function indexStanza(control: Stanza, locked: LockedPackage): string {
  const entry = new Map(control);
  for (const stale of ["Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512"]) entry.delete(stale);
  entry.set("Filename", `./${locked.file}`).set("Size", String(locked.size)).set("SHA256", locked.sha256);
  return formatStanza(entry);
}

/** Turns index paragraphs into a dpkg status file on which they are installed. */
export function installedStatus(stanzas: readonly Stanza[]): string {
  const entries = stanzas.map((stanza) => formatStanza(new Map([...stanza, ["Status", "install ok installed"]])));
  return entries.join("\n");
}

/**
 * Names of packages that one of `chosen` needs in exactly one version, transitively.
 * A host of an earlier point release has another version of, say, perl-base, so that a bundle with perl must carry perl-base too.
 */
export function exactNeeds(chosen: readonly string[], index: ReadonlyMap<string, Stanza>): string[] {
  const found = new Set(chosen);
  const queue = [...chosen];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const stanza = index.get(name);
    const depends = `${stanza?.get("Pre-Depends") ?? ""},${stanza?.get("Depends") ?? ""}`;
    for (const [, needed] of depends.matchAll(/(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]+)(?::\w+)?\s*\(=[^)]*\)/g)) {
      if (needed === undefined || found.has(needed) || !index.has(needed)) continue;
      found.add(needed);
      queue.push(needed);
    }
  }
  return [...found].sort(compareText);
}
