import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type Fault, faultsText } from "./faults.ts";
import { identityFileFaults, identityFileText, identitySecretFaults } from "./identity.ts";
import { nearest } from "./nearest.ts";
import { packageFileFaults } from "./packageFiles.ts";
import type { ClusterPlan } from "./plan.ts";
import { encryptedCluster, missingFencingPassword, plainSecret, secretKeys, shortSecret } from "./secrets.ts";
import { resolvePlan, surroundingsOf } from "./resolve.ts";
import { keyFileText, tlsSecretFaults } from "./tls.ts";

/** Everything that is wrong with a stack's configuration; Pulumi prints it without a stack trace. */
export class ConfigError extends pulumi.RunError {
  readonly faults: readonly Fault[];

  constructor(stack: string, faults: readonly Fault[]) {
    super(faultsText(stack, faults));
    this.faults = faults;
  }
}

/** Secrets that the user chose; what is left out is made by the deployment. */
export interface ChosenSecrets {
  /** Password of the proxy's database account. */
  readonly databasePassword?: pulumi.Output<string>;
  /** Password of the fencing device. */
  readonly fencingPassword?: pulumi.Output<string>;
  /** Address that changes of state are POSTed to. */
  readonly alertUrl?: pulumi.Output<string>;
  /** Private key of the certificate of SIP over TLS, PEM. */
  readonly tlsKey?: pulumi.Output<string>;
}

/** Full names of the configuration keys whose values the stack file holds encrypted, as the language host says. */
function encryptedKeys(): readonly string[] {
  const text = process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "";
  return text === "" ? [] : z.array(z.string()).parse(JSON.parse(text));
}

function keyFaults(namespace: string): readonly Fault[] {
  const known: readonly string[] = ["cluster", ...secretKeys];
  const names = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(`${namespace}:`))
    .map((key) => key.slice(namespace.length + 1));
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const guess = nearest(name, known);
      return {
        path: `${namespace}:${name}`,
        got: "an unknown key",
        allowed: `be one of the keys ${known.map((key) => `${namespace}:${key}`).join(", ")}`,
        fix: guess === undefined ? "remove it" : `did you mean ${namespace}:${guess}`,
      };
    });
}

function secretFaults(namespace: string): readonly Fault[] {
  const encrypted = encryptedKeys();
  return secretKeys.flatMap((key) => {
    const value = pulumi.runtime.getConfig(`${namespace}:${key}`);
    if (value === undefined) return [];
    if (!encrypted.includes(`${namespace}:${key}`)) return [plainSecret(key)];
    return key === "tlsKey" || key === "sshKey" ? [] : shortSecret(key, value);
  });
}

/** The lab makes the password of its own device. */
function fencingFaults({ fencing }: ClusterPlan, namespace: string): readonly Fault[] {
  if (fencing.kind === "none" || fencing.lab || fencing.secret === undefined) return [];
  const given = pulumi.runtime.getConfig(`${namespace}:fencingPassword`);
  return given === undefined ? [missingFencingPassword(fencing.plugin)] : [];
}

function identityFaults(plan: ClusterPlan, namespace: string): readonly Fault[] {
  const text = pulumi.runtime.getConfig(`${namespace}:sshKey`);
  const secret = text === undefined ? "none" : { text };
  return [...identityFileFaults(plan, surroundingsOf()), ...identitySecretFaults(plan, secret)];
}

function tlsFaults(namespace: string, input: unknown): readonly Fault[] {
  const text = pulumi.runtime.getConfig(`${namespace}:tlsKey`);
  return tlsSecretFaults(input, text === undefined ? "none" : { text }, surroundingsOf());
}

function parsedJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text; // a plain YAML scalar, which the schema refuses in its own words
  }
}

/**
 * The plan of a stack.
 *
 * @param config the project's configuration
 * @param stack the stack's name
 * @throws ConfigError with every fault of the stack file at once
 */
export function loadPlan(config: pulumi.Config, stack: string): ClusterPlan {
  const key = `${config.name}:cluster`;
  if (encryptedKeys().includes(key)) throw new ConfigError(stack, [encryptedCluster(key)]);
  const input = parsedJson(pulumi.runtime.getConfig(key));
  const resolution = resolvePlan(input, stack);
  const faults = [
    ...("faults" in resolution ? resolution.faults : packageFileFaults(resolution.plan, process.cwd())),
    ...keyFaults(config.name),
    ...secretFaults(config.name),
    ...("plan" in resolution ? fencingFaults(resolution.plan, config.name) : []),
    ...("plan" in resolution ? identityFaults(resolution.plan, config.name) : []),
    ...tlsFaults(config.name, input),
  ];
  if (faults.length > 0 || !("plan" in resolution)) throw new ConfigError(stack, faults);
  return resolution.plan;
}

/**
 * The secrets that the stack file holds.
 *
 * @param config the project's configuration
 * @throws ConfigError where one is held in clear or is too short
 */
export function loadSecrets(config: pulumi.Config): ChosenSecrets {
  const faults = secretFaults(config.name);
  if (faults.length > 0) throw new ConfigError(pulumi.getStack(), faults);
  const databasePassword = config.getSecret("databasePassword");
  const fencingPassword = config.getSecret("fencingPassword");
  const alertUrl = config.getSecret("alertUrl");
  const tlsKey = config.getSecret("tlsKey") ?? secretFile(config);
  return {
    ...(databasePassword === undefined ? {} : { databasePassword }),
    ...(fencingPassword === undefined ? {} : { fencingPassword }),
    ...(alertUrl === undefined ? {} : { alertUrl }),
    ...(tlsKey === undefined ? {} : { tlsKey }),
  };
}

/** The private key of the SSH user of existing machines; undefined where an agent holds it. */
export function loadIdentity(config: pulumi.Config, plan: ClusterPlan): pulumi.Output<string> | undefined {
  const text = identityFileText(plan, surroundingsOf());
  return text === undefined ? config.getSecret("sshKey") : pulumi.secret(text);
}

function secretFile(config: pulumi.Config): pulumi.Output<string> | undefined {
  const input = parsedJson(pulumi.runtime.getConfig(`${config.name}:cluster`));
  const text = keyFileText(input, surroundingsOf());
  return text === undefined ? undefined : pulumi.secret(text);
}
