import type { CheckFailure } from "../shared/plugin.ts";
import { bare, isList, isProperties, type Properties, secret, UNKNOWN, type Value } from "../shared/values.ts";

const TEXTS = ["create", "update", "delete", "stdin", "logging"] as const;

/** What the plugin reads from the inputs of a local or remote command; everything is in clear. */
export interface CommandInputs {
  readonly create: string | undefined;
  readonly update: string | undefined;
  readonly delete: string | undefined;
  readonly stdin: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly logging: string;
  readonly addPreviousOutputInEnv: boolean;
}

/** Reads the inputs that local and remote commands have in common. */
export function readInputs(properties: Properties): CommandInputs {
  return {
    create: text(properties["create"]),
    update: text(properties["update"]),
    delete: text(properties["delete"]),
    stdin: text(properties["stdin"]),
    environment: readEnvironment(bare(properties["environment"])),
    logging: text(properties["logging"]) ?? "stdoutAndStderr",
    addPreviousOutputInEnv: bare(properties["addPreviousOutputInEnv"]) !== false,
  };
}

/** A text input in clear, or undefined. */
export function text(value: Value | undefined): string | undefined {
  const clear = bare(value);
  return typeof clear === "string" ? clear : undefined;
}

/** A number input in clear, or undefined. */
export function count(value: Value | undefined): number | undefined {
  const clear = bare(value);
  return typeof clear === "number" ? clear : undefined;
}

function readEnvironment(value: Value | undefined): Record<string, string> {
  const variables: Record<string, string> = {};
  if (isProperties(value)) {
    for (const [name, item] of Object.entries(value)) variables[name] = text(item) ?? "";
  }
  return variables;
}

/** Refuses what has the wrong type or is not covered; texts as the official plugin has them. */
export function checkInputs(kind: string, news: Properties, known: readonly string[]): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const name of Object.keys(news)) {
    if (!known.includes(name)) {
      failures.push({
        property: name,
        reason: `the stand-in does not support property ${name}; use the official plugin`,
      });
    }
  }
  for (const name of TEXTS) failures.push(...checkText(kind, name, news[name]));
  const environment = bare(news["environment"]);
  if (isProperties(environment)) {
    for (const [name, value] of Object.entries(environment)) {
      failures.push(...checkText(kind, `environment[${name}] value`, value));
    }
  }
  return failures;
}

function checkText(kind: string, field: string, value: Value | undefined): CheckFailure[] {
  const clear = bare(value);
  if (clear === undefined || clear === null || typeof clear === "string") return [];
  const reason = `Field '${field}' on '${kind}' must be a 'string'; got '${goType(clear)}' instead`;
  return [{ property: field, reason }];
}

function goType(value: Value): string {
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  return isList(value) ? "[]property.Value" : "property.Map";
}

/** Marks the parts of a connection that must never be shown. */
export function protectConnection(connection: Value): Value {
  if (!isProperties(connection)) return connection;
  const inside = bare(connection);
  if (inside !== connection) return secret(protectConnection(inside ?? null));
  const parts: Record<string, Value> = {};
  for (const [name, value] of Object.entries(connection)) {
    const hide = ["privateKey", "password", "privateKeyPassword"].includes(name) && value !== UNKNOWN;
    parts[name] = hide ? secret(value) : name === "proxy" ? protectConnection(value) : value;
  }
  return parts;
}
