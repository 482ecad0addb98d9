import { levelNames } from "./course.ts";
import type { CatalogueEntry, Harm } from "./entry.ts";

const HARM: Readonly<Record<Harm, string>> = { none: "none", switchover: "a switchover", fault: "a fault" };

/** The scenarios as a table for a terminal. */
export function listText(catalogue: readonly CatalogueEntry[]): string {
  const width = Math.max(...catalogue.map(({ name }) => name.length));
  const lines = catalogue.map(({ name, rows, harm, title }) =>
    [name.padEnd(width), `row ${rows.join(", ")}`.padEnd(12), `harm: ${HARM[harm]}`.padEnd(20), title].join("  "),
  );
  return `${lines.join("\n")}\nsafe: those without a fault; all: every one; levels: ${levelNames.join(", ")}\n`;
}
