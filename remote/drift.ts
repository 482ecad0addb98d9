const KINDS = ["file", "package", "unit", "daemon", "address", "route", "firewall", "account", "restart"] as const;

/** One thing on a host that is not as it was activated. */
export interface Drift {
  readonly kind: (typeof KINDS)[number];
  /** Path, package, unit, daemon of the group, card, table, account of the database, or what waits for a restart. */
  readonly subject: string;
  readonly detail: string;
  /** Lines of a unified diff, what was activated first; empty where there is none to show. */
  readonly diff: readonly string[];
}

/**
 * Reads the lines of `release drift`.
 *
 * @throws Error for a line that is none of them
 */
export function parseDrift(text: string): readonly Drift[] {
  const found: { readonly drift: Omit<Drift, "diff">; readonly diff: string[] }[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    if (line.startsWith("\t")) {
      found.at(-1)?.diff.push(line.slice(1));
      continue;
    }
    const [name, subject, ...detail] = line.split("\t");
    const kind = KINDS.find((known) => known === name);
    if (kind === undefined || subject === undefined) throw new Error(`not a line of \`release drift\`: ${line}`);
    found.push({ drift: { kind, subject, detail: detail.join(" ") }, diff: [] });
  }
  return found.map(({ drift, diff }) => ({ ...drift, diff }));
}

/**
 * What an activation mends. Addresses and routes are the engine's, who moves them by hand knows why; daemons of the group
 * are the watcher's.
 */
export function isMendable({ kind }: Drift): boolean {
  return kind !== "address" && kind !== "route" && kind !== "daemon";
}

/** Units that do not run as they shall, or would not after a boot; none twice. No call depends on one that is started. */
export function unitsOf(found: readonly Drift[]): readonly string[] {
  return [...new Set(found.flatMap(({ kind, subject }) => (kind === "unit" ? [subject] : [])))];
}
