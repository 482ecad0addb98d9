import { z } from "zod";
import { isRecord, isSecretName } from "../../config/faults.ts";

/** What stands where a secret stood. */
export const BLOT = "[secret]";

/** Shorter ones are blotted out as whole words only: one that is `up` would leave nothing to read. */
const SHORT = 6;
/** Lines of a key that are shorter say nothing, and stand elsewhere. */
const KEY_LINE = 16;

/** Blots every one of these secrets out of a text, however it is written there. */
export function blotter(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap(formsOf).filter((form) => form !== ""));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  const pattern = new RegExp(longestFirst.map(patternOf).join("|"), "g");
  return (text) => text.replace(pattern, BLOT);
}

/** As it is, as JSON and URLs carry it, and line by line. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  if (lines.length > 1) return lines.filter((line) => line.length >= KEY_LINE && !line.startsWith("-----"));
  const [line = ""] = lines;
  return [secret, line, JSON.stringify(line).slice(1, -1), encodeURIComponent(line)];
}

function patternOf(form: string): string {
  const exact = form.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  return form.length < SHORT ? `(?<!\\w)${exact}(?!\\w)` : exact;
}

const stateSchema = z.object({
  deployment: z
    .object({
      resources: z
        .array(z.looseObject({ type: z.string(), outputs: z.unknown().optional(), inputs: z.unknown().optional() }))
        .nullish(),
    })
    .nullish(),
});
const configSchema = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean().optional() }));

/**
 * Every secret that a stack knows.
 *
 * @param state what `pulumi stack export --show-secrets` says
 * @param config what `pulumi config --show-secrets --json` says
 */
export function secretsOf(state: unknown, config: unknown): readonly string[] {
  const resources = stateSchema.parse(state).deployment?.resources ?? [];
  const held = Object.values(configSchema.parse(config)).flatMap(({ secret, value }) =>
    secret === true && value !== undefined ? [value] : [],
  );
  return [...new Set([...held, ...resources.flatMap(ofResource)])];
}

function ofResource({ type, inputs, outputs }: { type: string; inputs?: unknown; outputs?: unknown }): string[] {
  const plain = [inputs, outputs].flatMap(plaintexts);
  // what is random is secret as it is; everything else holds its secrets under telling names
  return type.startsWith("random:") ? plain.flatMap(texts) : plain.flatMap(namedSecrets);
}

/** The values that a state marks as secret. */
function plaintexts(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(plaintexts);
  if (!isRecord(value)) return [];
  const { plaintext } = value;
  return typeof plaintext === "string" ? [parsed(plaintext)] : Object.values(value).flatMap(plaintexts);
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

function namedSecrets(value: unknown): string[] {
  if (typeof value === "string") return /^\s*[[{]/.test(value) ? namedSecrets(parsed(value)) : [];
  if (Array.isArray(value)) return value.flatMap(namedSecrets);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => (isSecretName(key) ? texts(child) : namedSecrets(child)));
}

/** JSON where it is some; a text that is none has no parts. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
