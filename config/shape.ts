import type { z } from "zod";
import { isIpv6 } from "./addresses.ts";
import { type Fault, isRecord, isSecretName, type Path, pathText, show, valueAt, yamlText } from "./faults.ts";
import { nearest } from "./nearest.ts";
import { clusterOptions, keysOf, type Option, optionAt } from "./options.ts";
import { type ClusterOptions, clusterSchemas } from "./schema.ts";

/** A stack file's options after each was looked at by itself. */
export interface Shaped {
  /** Sound options as given, missing ones by default; an example in place of each unsound one. */
  readonly options: ClusterOptions;
  readonly faults: readonly Fault[];
  /** Paths of what was replaced by an example: nothing can be concluded from their values. */
  readonly unsound: readonly string[];
}

interface Misfit {
  readonly path: Path;
  readonly unknownKey: boolean;
}

function misfits(issues: readonly z.core.$ZodIssue[], input: unknown, base: Path = []): readonly Misfit[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key], unknownKey: true }));
    }
    if (issue.code === "invalid_union" && isRecord(valueAt(input, path))) {
      return misfits(issue.errors.at(-1) ?? [], input, path);
    }
    return [{ path, unknownKey: false }];
  });
}

function unknownKeyFault(path: Path, options: Option): Fault {
  const known = keysOf(optionAt(path.slice(0, -1), options));
  const guess = nearest(String(path.at(-1)), known);
  return {
    path: pathText(path),
    got: "an unknown key",
    allowed: `be one of the keys ${known.join(", ")}`,
    fix: guess === undefined ? "remove it" : `did you mean ${guess}`,
  };
}

function fixFor(path: Path, got: unknown, options: Option): string {
  const option = optionAt(path, options);
  if (path.at(-1) === "hostKey")
    return "collect it by `npm run host-keys -- --stack STACK` and compare it with what the machine's console shows";
  const text = typeof got === "string" ? got.trim() : "";
  const numeric = option?.type === "integer";
  if (isIpv6(text)) return "IPv4 only for now: give an IPv4 address or network";
  if (numeric && /^\d+$/.test(text)) return `write ${text} without quotes`;
  if (numeric && /^[\d.]+\s*[a-z]+$/i.test(text)) return `write a plain number of ${option.unit ?? "ports"}, no unit`;
  if (option?.type === "string" && /[A-Z]/.test(text)) return `write it in lower case: ${text.toLowerCase()}`;
  if (option?.enum?.length === 1)
    return `write ${String(path.at(-1))}: ${yamlText(option.enum[0])}, the only one available`;
  const verb = got === undefined || got === null ? "set it" : "change it";
  const key = path.at(-1);
  return `${verb}, for instance ${typeof key === "string" ? `${key}: ` : ""}${yamlText(option?.examples?.[0])}`;
}

function valueFault(path: Path, input: unknown, options: Option): Fault {
  const got = valueAt(input, path);
  const allowed = optionAt(path, options)?.allowed ?? "known value";
  const where = path.length === 0 ? "sip-ha:cluster" : pathText(path);
  return { path: where, got: show(got), allowed: `be ${allowed}`, fix: fixFor(path, got, options) };
}

/** `value` with what stands at `path` replaced, or removed when the replacement is undefined. */
function replaced(value: unknown, path: Path, replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === step ? replaced(item, rest, replacement) : item));
  }
  const fields = isRecord(value) ? Object.entries(value).filter(([key]) => key !== step) : [];
  const child = replaced(valueAt(value, [step]), rest, replacement);
  return Object.fromEntries(child === undefined ? fields : [...fields, [String(step), child]]);
}

/** Looks at each option by itself: types, ranges, unknown keys. */
export function shape(input: unknown): Shaped {
  const kind = valueAt(input, ["hosts", "kind"]) === "existing" ? "existing" : "lab";
  const [schema, described] = [clusterSchemas[kind], clusterOptions[kind]];
  const first = schema.safeParse(input);
  if (first.success) return { options: first.data, faults: [], unsound: [] };
  const found = misfits(first.error.issues, input);
  const faults = found
    .filter(({ path }) => !isSecretName(String(path.at(-1))))
    .map(({ path, unknownKey }) =>
      unknownKey ? unknownKeyFault(path, described) : valueFault(path, input, described),
    );
  const repaired = found.reduce(
    (value, { path, unknownKey }) =>
      replaced(value, path, unknownKey ? undefined : optionAt(path, described)?.examples?.[0]),
    input,
  );
  const unsound = found.filter(({ unknownKey }) => !unknownKey).map(({ path }) => pathText(path));
  return { options: schema.parse(repaired), faults, unsound };
}
