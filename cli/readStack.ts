import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { type Fault, faultsText, isRecord, valueAt } from "../config/faults.ts";
import { identityFileFaults, identitySecretFaults } from "../config/identity.ts";
import { nearest } from "../config/nearest.ts";
import type { ClusterPlan } from "../config/plan.ts";
import { resolvePlan, surroundingsOf } from "../config/resolve.ts";
import { encryptedCluster, plainSecret, secretKeys } from "../config/secrets.ts";
import { tlsSecretFaults } from "../config/tls.ts";

const NAMESPACE = "sip-ha";
const CLUSTER_KEY = `${NAMESPACE}:cluster`;

/** Everything that is wrong with a stack file; what a deployment would refuse, known before it starts. */
export class StackFileError extends Error {
  readonly faults: readonly Fault[];

  constructor(stack: string, faults: readonly Fault[]) {
    super(faultsText(stack, faults));
    this.name = "StackFileError";
    this.faults = faults;
  }
}

/**
 * The plan of a stack, from its file alone: neither Pulumi nor a passphrase is needed.
 *
 * @param amend changes the options of `sip-ha:cluster` before they are looked at
 * @throws StackFileError with every fault at once
 * @throws Error when the file is missing or is no YAML
 */
export function readPlan(
  projectDir: string,
  stack: string,
  amend: (input: unknown) => unknown = (input) => input,
): ClusterPlan {
  const config = readConfig(projectDir, stack);
  const cluster = config[CLUSTER_KEY];
  if (holdsEncrypted(cluster)) throw new StackFileError(stack, [encryptedCluster(CLUSTER_KEY)]);
  const input = amend(parsedJson(cluster));
  const surroundings = surroundingsOf(projectDir);
  const resolution = resolvePlan(input, stack, surroundings);
  const secret = config[`${NAMESPACE}:sshKey`] === undefined ? "none" : "encrypted";
  const faults = [
    ...("faults" in resolution ? resolution.faults : identityFileFaults(resolution.plan, surroundings)),
    ...("plan" in resolution ? identitySecretFaults(resolution.plan, secret) : []),
    ...unknownKeys(Object.keys(config)),
    ...plainSecrets(config),
    ...tlsSecretFaults(input, config[`${NAMESPACE}:tlsKey`] === undefined ? "none" : "encrypted", surroundings),
  ];
  if (faults.length > 0 || !("plan" in resolution)) throw new StackFileError(stack, faults);
  return resolution.plan;
}

/** Where the machines of a stack come from, as its file says; `lab` also where it says nothing sound. */
export function hostsKind(projectDir: string, stack: string): ClusterPlan["hosts"]["kind"] {
  try {
    const input = parsedJson(readConfig(projectDir, stack)[CLUSTER_KEY]);
    return valueAt(input, ["hosts", "kind"]) === "existing" ? "existing" : "lab";
  } catch {
    return "lab"; // the file is refused when it is used
  }
}

function readConfig(projectDir: string, stack: string): Readonly<Record<string, unknown>> {
  const file = `Pulumi.${stack}.yaml`;
  const known = stackNames(projectDir);
  if (!known.includes(stack)) {
    const others = known.length > 0 ? known.join(", ") : "none";
    throw new Error(
      `stack ${stack} has no file ${file}; stacks with one: ${others}; copy one of them, or name another stack`,
    );
  }
  const content = parseYaml(file, readFileSync(join(projectDir, file), "utf8"));
  const config = isRecord(content) ? content["config"] : undefined;
  return isRecord(config) ? config : {};
}

function stackNames(projectDir: string): readonly string[] {
  return readdirSync(projectDir)
    .flatMap((name) => /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new Error(`${file} is no valid YAML: ${error.message.trimEnd()}`, { cause: error });
  }
}

/** Structured values may also be stored as JSON text, which is what `pulumi config set` without --path writes. */
function parsedJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // plain text, which the schema refuses in its own words
  }
}

/** An encrypted value is a mapping with the one key `secure`, at any depth. */
function holdsEncrypted(value: unknown): boolean {
  if (isEncrypted(value)) return true;
  if (Array.isArray(value)) return value.some(holdsEncrypted);
  return isRecord(value) && Object.values(value).some(holdsEncrypted);
}

function isEncrypted(value: unknown): boolean {
  return isRecord(value) && typeof value["secure"] === "string" && Object.keys(value).length === 1;
}

function unknownKeys(keys: readonly string[]): readonly Fault[] {
  const known = ["cluster", ...secretKeys].map((name) => `${NAMESPACE}:${name}`);
  return keys
    .filter((key) => key.startsWith(`${NAMESPACE}:`) && !known.includes(key))
    .map((key) => {
      const guess = nearest(key, known);
      return {
        path: key,
        got: "an unknown key",
        allowed: `be one of the keys ${known.join(", ")}`,
        fix: guess === undefined ? "remove it" : `did you mean ${guess}`,
      };
    });
}

function plainSecrets(config: Readonly<Record<string, unknown>>): readonly Fault[] {
  return secretKeys
    .filter((key) => {
      const value = config[`${NAMESPACE}:${key}`];
      return value !== undefined && !isEncrypted(value);
    })
    .map(plainSecret);
}
