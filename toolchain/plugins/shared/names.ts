import { randomBytes } from "node:crypto";

/** A name with random hexadecimal digits behind it, for ids and for names that the user left out. */
export function uniqueName(name: string, separator: string, digits: number): string {
  return `${name}${separator}${randomBytes(Math.ceil(digits / 2))
    .toString("hex")
    .slice(0, digits)}`;
}
