import { isList, isProperties, type Properties, UNKNOWN, type Value } from "../shared/values.ts";
import { emptyOf, type Field, type Fields, isZero } from "./schema.ts";

/**
 * The state that the inputs ask for: defaults filled in, sets in the provider's order, computed properties
 * as they were, or unknown before there is a resource.
 */
export function planState(fields: Fields, inputs: Properties, olds?: Properties): Properties {
  const plan: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = inputs[name];
    plan[name] = given === undefined || given === null ? leftOut(name, field, olds) : planValue(field, given);
  }
  return plan;
}

function leftOut(name: string, field: Field, olds: Properties | undefined): Value {
  if (field.fallback !== undefined) return field.fallback;
  if (field.computed === true) return olds === undefined ? UNKNOWN : (olds[name] ?? null);
  const old = olds?.[name];
  return old !== undefined && isZero(old) ? old : emptyOf(field);
}

/** One given value in the form that the state has. */
export function planValue(field: Field, given: Value): Value {
  if (given === UNKNOWN) return given;
  if (isList(given)) {
    const items = given.map((item) => planItem(field, item));
    return field.kind === "set" ? inSetOrder(items) : items;
  }
  if (field.kind === "block") return planItem(field, given);
  if (field.kind === "number") return Number(given);
  return isProperties(given) ? withoutDefaults(given) : given;
}

function planItem({ fields }: Field, item: Value): Value {
  if (fields === undefined || !isProperties(item)) return item;
  return planState(fields, withoutDefaults(item));
}

function withoutDefaults(given: Properties): Properties {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== "__defaults"));
}

/** Sets are kept in the order of Terraform's value library (cty): by the text that it hashes. */
export function inSetOrder(items: readonly Value[]): readonly Value[] {
  const keyed = items.map((item) => ({ item, key: Buffer.from(hashText(item)) }));
  return keyed.sort((left, right) => Buffer.compare(left.key, right.key)).map(({ item }) => item);
}

function hashText(value: Value): string {
  if (value === UNKNOWN) return "?";
  if (value === null) return "~";
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map((item) => `${hashText(item)};`).join("")}]`;
  const names = Object.keys(value).sort();
  return `<${names.map((name) => `${hashText(isProperties(value) ? (value[name] ?? null) : null)};`).join("")}>`;
}
