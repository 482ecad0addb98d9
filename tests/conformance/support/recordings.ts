import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isList, isProperties, type Properties, type Value } from "../../../toolchain/plugins/shared/values.ts";

const KINDS = ["check", "diff", "create", "update", "read", "delete"] as const;

/** A provider call's name, as an entry's lists are called. */
export type CallKind = (typeof KINDS)[number];

/** One recorded step of one resource. */
export interface Entry {
  readonly file: string;
  readonly name: string;
  readonly step: number;
  readonly action: string;
  readonly change: string;
  /** An uneventful step: only the names of its calls are recorded. */
  readonly clean: boolean;
  readonly order: readonly CallKind[];
  readonly calls: Readonly<Record<CallKind, readonly Properties[]>>;
  readonly preview: Readonly<Record<CallKind, readonly Properties[]>>;
  readonly messages: readonly string[];
  readonly ran: readonly string[];
  readonly recorded: Properties;
}

/** Reads a file of recordings; `adapt` may change its text first, for example addresses that are taken here. */
export function readRecordings(file: string, adapt: (text: string) => string = (text) => text): readonly Entry[] {
  const path = join(import.meta.dirname, "..", "recordings", `${file}.json`);
  const raw: Value = z.json().parse(JSON.parse(adapt(readFileSync(path, "utf8"))));
  return list(raw).map((entry) => readEntry(file, properties(resolve(entry, entry, raw))));
}

function readEntry(file: string, recorded: Properties): Entry {
  return {
    file,
    name: text(recorded["case"]),
    step: Number(recorded["step"]),
    action: text(recorded["action"]),
    change: text(recorded["change"]),
    clean: recorded["clean"] === true,
    order: list(recorded["order"]).map((call) => z.enum(KINDS).parse(text(call).toLowerCase())),
    calls: callsOf(recorded),
    preview: callsOf(properties(recorded["preview"])),
    messages: list(recorded["diagnostics"])
      .map(properties)
      .filter(isLogged)
      .map((item) => text(item["message"])),
    ran: list(recorded["ran"]).map(text),
    recorded,
  };
}

/** Errors are in the call's answer already. */
function isLogged(diagnostic: Properties): boolean {
  return diagnostic["severity"] !== "error";
}

function callsOf(recorded: Properties): Record<CallKind, readonly Properties[]> {
  const calls = (kind: CallKind) => list(recorded[kind]).map(properties);
  return {
    check: calls("check"),
    diff: calls("diff"),
    create: calls("create"),
    update: calls("update"),
    read: calls("read"),
    delete: calls("delete"),
  };
}

/** Follows `{"$same": path}`: a path in the entry, or from `[n]` on in the file's array. */
function resolve(value: Value, entry: Value, file: Value): Value {
  if (isList(value)) return value.map((item) => resolve(item, entry, file));
  if (!isProperties(value)) return value;
  const same = value["$same"];
  if (typeof same === "string") {
    const root = same.startsWith("[") ? file : entry;
    const owner = same.startsWith("[") ? (list(file)[Number(/\d+/.exec(same)?.[0])] ?? null) : entry;
    return resolve(follow(root, same), owner, file);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, entry, file)]));
}

function follow(root: Value, path: string): Value {
  let value: Value = root;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    const next: Value | undefined = isList(value) ? value[Number(step)] : isProperties(value) ? value[step] : undefined;
    if (next === undefined) throw new Error(`recording refers to ${path}, which has no ${step}`);
    value = next;
  }
  return value;
}

/** A list, or an empty one. */
export function list(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

/** An object, or an empty one. */
export function properties(value: Value | undefined): Properties {
  return isProperties(value) ? value : {};
}

/** A text, or an empty one. */
export function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
