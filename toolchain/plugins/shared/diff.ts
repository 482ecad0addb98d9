import type { ChangeKind } from "./plugin.ts";
import {
  equal,
  isAsset,
  isList,
  isProperties,
  isSecret,
  type Properties,
  SIGNATURE,
  UNKNOWN,
  type Value,
} from "./values.ts";

/** Changed paths and how they changed, as the engine shows them: `environment.E`, `triggers[1]`, `tmpfs["/run"]`. */
export type Changes = Record<string, "ADD" | "DELETE" | "UPDATE">;

/** Compares two sets of properties path by path; a secret is one value, and losing the secret mark is a change. */
export function compareProperties(olds: Properties, news: Properties): Changes {
  const changes: Changes = {};
  for (const name of [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort()) {
    compare(name, olds[name], news[name], changes);
  }
  return changes;
}

/** Name of the top-level property that a path is in. */
export function rootOf(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}

/** The same kind of change as part of a replacement. */
export function asReplacement(kind: "ADD" | "DELETE" | "UPDATE"): ChangeKind {
  return `${kind}_REPLACE`;
}

/** One step further down a path; names that are no identifiers are quoted. */
export function memberPath(path: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function compare(path: string, old: Value | undefined, next: Value | undefined, changes: Changes): void {
  if (absent(old) || absent(next)) {
    if (absent(old) !== absent(next)) changes[path] = absent(old) ? "ADD" : "DELETE";
  } else if (isLeaf(old) || isLeaf(next)) {
    if (!sameLeaf(old, next)) changes[path] = "UPDATE";
  } else if (isList(old) && isList(next)) {
    for (let index = 0; index < Math.max(old.length, next.length); index += 1) {
      compare(`${path}[${index}]`, old[index], next[index], changes);
    }
  } else if (isProperties(old) && isProperties(next)) {
    for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
      compare(memberPath(path, name), old[name], next[name], changes);
    }
  } else {
    changes[path] = "UPDATE";
  }
}

function absent(value: Value | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function isLeaf(value: Value | undefined): boolean {
  return isSecret(value) || isAsset(value) || typeof value !== "object";
}

function sameLeaf(old: Value | undefined, next: Value | undefined): boolean {
  if (old === UNKNOWN || next === UNKNOWN) return false;
  if (isAsset(old) && isAsset(next)) {
    return old[SIGNATURE] === next[SIGNATURE] && old["hash"] === next["hash"];
  }
  return isSecret(old) === isSecret(next) && equal(old, next);
}
