/** A chain of nftables; with a hook the kernel begins there. */
export interface Chain {
  readonly name: string;
  /** What stands between the braces before the rules: `type filter hook input priority filter; policy drop;`. */
  readonly hook?: string;
  /** Each one line. */
  readonly rules: readonly string[];
}

/** A table of nft(8). */
export interface Table {
  readonly name: string;
  readonly counters: readonly string[];
  /** By name; the body of each. */
  readonly sets: Readonly<Record<string, string>>;
  /** A chain that others go to stands before them. */
  readonly chains: readonly Chain[];
}

/**
 * A value of a match: an address, network, port or range, or several as an anonymous set.
 *
 * @throws Error for none, and for one with other than letters, digits and `.:/-`
 */
export function nftValue(elements: readonly (string | number)[]): string {
  const texts = elements.map(String);
  const wrong = texts.find((text) => !/^[A-Za-z0-9][A-Za-z0-9.:/-]*$/.test(text));
  if (wrong !== undefined) throw new Error(`a value of nftables must be letters, digits and . : / -, got ${wrong}`);
  if (texts.length === 0) throw new Error("a match of nftables needs a value, got none");
  return texts.length === 1 ? texts.join("") : `{ ${texts.join(", ")} }`;
}

/**
 * A quoted string, for names of cards and prefixes of the log, which has no escapes (nft's scanner.l).
 *
 * @throws Error for quotes, `*` at the end, which is a wildcard, and what is not printable ASCII in one line
 */
export function nftString(text: string): string {
  if (!/^[\x20-\x7e]+$/.test(text) || /["\\]|\*$/.test(text)) {
    throw new Error(`a string of nftables must be printable ASCII without " and \\, got ${JSON.stringify(text)}`);
  }
  return `"${text}"`;
}

/** A port, or a range of them. */
export function portRange(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/**
 * A file for `nft -f` that puts this table in the place of one of that name, in one transaction; it touches no other.
 *
 * @throws Error for a rule of more than one line, or a name that is not a-z and _
 */
export function nftTable({ name, counters, sets, chains }: Table): string {
  for (const known of [name, ...counters, ...Object.keys(sets), ...chains.map((chain) => chain.name)]) {
    if (!/^[a-z][a-z_]*$/.test(known)) throw new Error(`a name in nftables must be a-z and _, got ${known}`);
  }
  const parts = [
    ...counters.map((counter) => `\tcounter ${counter} {\n\t}\n`),
    ...Object.entries(sets).map(([set, body]) => block(`set ${set}`, body.split("; "))),
    ...chains.map((chain) =>
      block(`chain ${chain.name}`, [...(chain.hook === undefined ? [] : [chain.hook]), ...chain.rules]),
    ),
  ];
  return `table inet ${name}\ndelete table inet ${name}\n\ntable inet ${name} {\n${parts.join("\n")}}\n`;
}

function block(title: string, lines: readonly string[]): string {
  const broken = lines.find((line) => !/^[^\n\r{}]*(\{[^\n\r{}]*\}[^\n\r{}]*)*$/.test(line));
  if (broken !== undefined) throw new Error(`a rule of nftables must be one line, got ${JSON.stringify(broken)}`);
  return `\t${title} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`;
}
