import type { Value } from "../shared/values.ts";

/** One property of a resource, in the official schema's terms. */
export interface Field {
  readonly kind: "text" | "number" | "flag" | "list" | "set" | "map" | "block";
  /** Properties of a block, or of each element of a list or set of blocks. */
  readonly fields?: Fields;
  /** Value when left out; Check fills it in unless it is a zero value. */
  readonly fallback?: Value;
  /** Left out: the engine decides, and what it decided stays. */
  readonly computed?: true;
  /** Missing in the state (a creation failed half way): counts as a change. */
  readonly recreated?: true;
  /** Output only. */
  readonly output?: true;
  /** A change replaces the resource. */
  readonly replaces?: true;
  /** What the plan holds when it is left out; by default null, and an empty list for lists of blocks. */
  readonly empty?: Value;
}

/** Properties by name. */
export type Fields = Readonly<Record<string, Field>>;

/** What the plan holds for a property that was left out and has no default. */
export function emptyOf(field: Field): Value {
  if (field.empty !== undefined) return field.empty;
  const blocks = field.kind === "list" || field.kind === "set";
  return blocks && field.fields !== undefined ? [] : null;
}

/** True for values that mean "nothing" in the provider's state. */
export function isZero(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Names of the properties whose change replaces the resource, sorted. */
export function replacing(fields: Fields): readonly string[] {
  return Object.keys(fields)
    .filter((name) => fields[name]?.replaces === true)
    .sort();
}
