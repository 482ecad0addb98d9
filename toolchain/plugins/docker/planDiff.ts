import { asReplacement, type Changes, memberPath, rootOf } from "../shared/diff.ts";
import type { ChangeKind, DiffAnswer, DiffRequest } from "../shared/plugin.ts";
import { hasUnknown, isList, isProperties, type Properties, UNKNOWN, type Value } from "../shared/values.ts";
import { planState, planValue } from "./plan.ts";
import { type Field, type Fields, isZero, replacing } from "./schema.ts";

/** What the inputs change in the recorded state, path by path, as the Terraform bridge reports it. */
export function diffAgainst(fields: Fields, { olds, news }: DiffRequest, deleteFirst: boolean): DiffAnswer {
  const plan = planState(fields, news, olds);
  const detailedDiff: Record<string, ChangeKind> = {};
  const replaces: string[] = [];
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field === undefined) continue;
    for (const [path, kind] of Object.entries(changesOf(name, field, olds, plan, news[name]))) {
      detailedDiff[path] = field.replaces === true && !keepsInPlace(path) ? asReplacement(kind) : kind;
      if (detailedDiff[path] !== kind) replaces.push(name);
    }
  }
  const diffs = [...new Set(Object.keys(detailedDiff).map(rootOf))];
  return {
    changed: diffs.length > 0,
    replaces,
    diffs,
    stables: replacing(fields).filter((name) => !replaces.includes(name)),
    deleteBeforeReplace: deleteFirst && replaces.length > 0,
    detailedDiff,
  };
}

/** Mounts are replaced for anything but a mount's own options. */
function keepsInPlace(path: string): boolean {
  return /^mounts\[\d+\]\.readOnly$/.test(path);
}

function changesOf(name: string, field: Field, olds: Properties, plan: Properties, given: Value | undefined): Changes {
  const old = olds[name];
  const next = plan[name];
  const changes: Changes = {};
  if (given === undefined && field.computed === true) {
    const lost = field.recreated === true && (old === undefined || old === null);
    return lost ? { [name]: "ADD" } : changes;
  }
  compareField(name, field, old ?? null, next ?? null, given, changes);
  return changes;
}

function compareField(
  path: string,
  field: Field,
  old: Value,
  next: Value,
  given: Value | undefined,
  changes: Changes,
): void {
  if (isZero(old) && isZero(next)) {
    const told = old !== null && next !== null && typeof old !== "object";
    if (told && old !== next) changes[path] = "UPDATE";
  } else if (hasUnknown(next)) {
    if (next === UNKNOWN || !isList(next)) changes[path] = "UPDATE";
    else if (!alike(old, next)) changes[path] = "UPDATE";
  } else if (isZero(next)) {
    changes[path] = next === null || typeof next === "object" ? "DELETE" : "UPDATE";
  } else if (old === null || (typeof old === "object" && isZero(old))) {
    changes[path] = "ADD";
  } else if (isList(old) && isList(next)) {
    compareLists(path, field, old, next, given, changes);
  } else if (isProperties(old) && isProperties(next)) {
    compareMembers(path, field, old, next, given, changes);
  } else if (!alike(old, next)) {
    changes[path] = "UPDATE";
  }
}

function compareMembers(
  path: string,
  field: Field,
  old: Properties,
  next: Properties,
  given: Value | undefined,
  changes: Changes,
): void {
  for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const inner = field.fields?.[name] ?? { kind: "text" };
    const givenInner = isProperties(given) ? given[name] : undefined;
    compareField(memberPath(path, name), inner, old[name] ?? null, next[name] ?? null, givenInner, changes);
  }
}

function compareLists(
  path: string,
  field: Field,
  old: readonly Value[],
  next: readonly Value[],
  given: Value | undefined,
  changes: Changes,
): void {
  if (alike(old, next)) return;
  if (field.kind !== "set") {
    for (let index = 0; index < Math.max(old.length, next.length); index += 1) {
      compareElement(`${path}[${index}]`, field, old[index], next[index], changes);
    }
    return;
  }
  const asGiven = isList(given) ? given.map((item) => planElement(field, item)) : next;
  if (isList(given) && !given.every((item, index) => isComplete(item, asGiven[index]))) {
    changes[path] = "UPDATE";
    return;
  }
  const removed = new Map(old.map((item, index) => [index, item] as const).filter(([, item]) => !contains(next, item)));
  const added = new Map(
    asGiven.map((item, index) => [index, item] as const).filter(([, item]) => !contains(old, item)),
  );
  for (const index of [...new Set([...removed.keys(), ...added.keys()])].sort((a, b) => a - b)) {
    compareElement(`${path}[${index}]`, field, removed.get(index), added.get(index), changes);
  }
}

function planElement(field: Field, item: Value): Value {
  const planned = planValue({ ...field, kind: "list" }, [item]);
  return isList(planned) ? (planned[0] ?? null) : planned;
}

/** True when a set's element is in the plan as it was given: otherwise only the set as a whole can be shown. */
function isComplete(given: Value, planned: Value | undefined): boolean {
  if (!isProperties(given) || !isProperties(planned)) return true;
  return Object.entries(planned).every(([name, value]) => value === null || given[name] !== undefined);
}

function contains(items: readonly Value[], item: Value): boolean {
  return items.some((candidate) => alike(candidate, item));
}

function compareElement(
  path: string,
  field: Field,
  old: Value | undefined,
  next: Value | undefined,
  changes: Changes,
): void {
  if (old === undefined && next === undefined) return;
  if (old === undefined || next === undefined) changes[path] = old === undefined ? "ADD" : "DELETE";
  else if (isProperties(old) && isProperties(next)) compareMembers(path, field, old, next, undefined, changes);
  else if (!alike(old, next)) changes[path] = "UPDATE";
}

/** Deep equality for which nothing, zero and empty are one: state and plan write them differently. */
export function alike(left: Value, right: Value): boolean {
  if (isZero(left) && isZero(right)) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => alike(item, right[index] ?? null));
  }
  if (!isProperties(left) || !isProperties(right)) return left === right;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => alike(left[name] ?? null, right[name] ?? null));
}
