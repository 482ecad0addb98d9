import { isList, isProperties, type Properties, type Value } from "../shared/values.ts";
import { planValue } from "./plan.ts";
import { alike } from "./planDiff.ts";
import type { Field, Fields } from "./schema.ts";

/** State read back has zero for what is not set inside a block. */
export function zeroNulls(fields: Fields, state: Properties): Properties {
  const zeroed: Record<string, Value> = { ...state };
  for (const [name, { fields: inner, kind }] of Object.entries(fields)) {
    const value = zeroed[name];
    if (inner === undefined || kind === "block" || !isList(value)) continue;
    zeroed[name] = value.map((item) => (isProperties(item) ? zeroMembers(inner, item) : item));
  }
  return zeroed;
}

function zeroMembers(fields: Fields, item: Properties): Properties {
  const zeroed: Record<string, Value> = { ...item };
  for (const [name, { kind }] of Object.entries(fields)) {
    if (zeroed[name] === null && kind === "number") zeroed[name] = 0;
    if (zeroed[name] === null && kind === "flag") zeroed[name] = false;
  }
  return zeroed;
}

/** Inputs that no longer say what is there get what is there. */
export function refreshInputs(fields: Fields, inputs: Properties, state: Properties): Properties {
  const refreshed: Record<string, Value> = {};
  const replaced: Value[] = [];
  for (const [name, given] of Object.entries(inputs)) {
    const field = fields[name];
    refreshed[name] = field === undefined ? given : refreshInput(field, given, state[name] ?? null);
    if (refreshed[name] !== given) replaced.push(name);
  }
  const defaults = inputs["__defaults"];
  return isList(defaults)
    ? { ...refreshed, __defaults: defaults.filter((name) => !replaced.includes(name)) }
    : refreshed;
}

function refreshInput(field: Field, given: Value, state: Value): Value {
  if (alike(planValue(field, given), state)) return given;
  const { fields } = field;
  if (isList(given) && isList(state) && given.length === state.length && fields !== undefined) {
    return given.map((item, index) => refreshBlock(fields, item, state[index] ?? null));
  }
  return fields === undefined ? state : refreshBlock(fields, given, state);
}

function refreshBlock(fields: Fields, given: Value, state: Value): Value {
  return isProperties(given) && isProperties(state) ? refreshInputs(fields, given, state) : state;
}
