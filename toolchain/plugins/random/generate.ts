import { randomInt } from "node:crypto";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** Which characters a password is made of, and how many of each kind it has at least. */
export interface PasswordPolicy {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Special characters to use instead of the usual ones; empty: the usual ones. */
  readonly overrideSpecial: string;
}

/** A random password after the policy, by the operating system's random numbers. */
export function generatePassword(policy: PasswordPolicy): string {
  const special = policy.overrideSpecial === "" ? SPECIAL : policy.overrideSpecial;
  const kinds = [
    { use: policy.upper, least: policy.minUpper, characters: LETTERS.toUpperCase() },
    { use: policy.lower, least: policy.minLower, characters: LETTERS },
    { use: policy.numeric, least: policy.minNumeric, characters: DIGITS },
    { use: policy.special, least: policy.minSpecial, characters: special },
  ];
  const required = kinds.flatMap(({ least, characters }) => pick(characters, least));
  const any = kinds.map(({ use, characters }) => (use ? characters : "")).join("");
  return shuffle([...required, ...pick(any, policy.length - required.length)]).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

function shuffle(items: readonly string[]): string[] {
  const keyed = items.map((item) => ({ item, key: randomInt(2 ** 47) }));
  return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item);
}
