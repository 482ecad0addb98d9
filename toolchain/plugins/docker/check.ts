import { uniqueName } from "../shared/names.ts";
import { type CheckAnswer, type CheckFailure, type CheckRequest, resourceName } from "../shared/plugin.ts";
import { isList, isProperties, type Properties, UNKNOWN, type Value } from "../shared/values.ts";
import { type Field, type Fields, isZero } from "./schema.ts";

const DEFAULTS = "__defaults";

/** Fills in defaults, which are listed in `__defaults` of each object, and refuses what is not covered. */
export function checkAgainst(fields: Fields, { urn, olds, news }: CheckRequest, autoName: boolean): CheckAnswer {
  const failures: CheckFailure[] = [];
  const inputs = fill(fields, news, "", failures);
  if (!autoName || inputs["name"] !== undefined) return { inputs, failures };
  const oldDefaults = olds[DEFAULTS];
  const kept = isList(oldDefaults) && oldDefaults.includes("name") ? olds["name"] : undefined;
  const name = kept ?? uniqueName(resourceName(urn), "-", 7);
  return { inputs: { ...inputs, [DEFAULTS]: [...defaultsOf(inputs), "name"].sort(), name }, failures };
}

function defaultsOf(inputs: Properties): string[] {
  const names = inputs[DEFAULTS];
  return isList(names) ? names.filter((name) => typeof name === "string") : [];
}

function fill(fields: Fields, given: Properties, path: string, failures: CheckFailure[]): Properties {
  const inputs: Record<string, Value> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === DEFAULTS || value === null) continue;
    const at = path === "" ? name : `${path}.${name}`;
    const field = fields[name];
    if (field === undefined || field.output === true) {
      failures.push({ property: at, reason: `the stand-in does not support property ${at}; use the official plugin` });
    } else {
      inputs[name] = fillValue(field, value, at, failures);
    }
  }
  const defaults: string[] = [];
  for (const [name, { fallback }] of Object.entries(fields)) {
    if (inputs[name] !== undefined || fallback === undefined || isZero(fallback)) continue;
    inputs[name] = fallback;
    defaults.push(name);
  }
  return { ...inputs, [DEFAULTS]: defaults.sort() };
}

function fillValue(field: Field, value: Value, path: string, failures: CheckFailure[]): Value {
  const { fields } = field;
  if (value === UNKNOWN || fields === undefined) {
    if (value !== UNKNOWN && !fits(field, value)) {
      failures.push({ property: path, reason: `expected ${EXPECTED[field.kind]}, got ${JSON.stringify(value)}` });
    }
    return value;
  }
  if (isList(value)) {
    return value.map((item, index) => (isProperties(item) ? fill(fields, item, `${path}[${index}]`, failures) : item));
  }
  return isProperties(value) ? fill(fields, value, path, failures) : value;
}

const EXPECTED = {
  text: "a string",
  number: "a number",
  flag: "true or false",
  list: "a list",
  set: "a list",
  map: "a map",
  block: "an object",
} as const;

function fits(field: Field, value: Value): boolean {
  if (field.kind === "list" || field.kind === "set") return isList(value);
  if (field.kind === "map" || field.kind === "block") return isProperties(value);
  if (field.kind === "number") return Number.isFinite(Number(value));
  return field.kind === "text" ? typeof value !== "object" : typeof value === "boolean";
}
