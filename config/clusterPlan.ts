import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { type Fault, faultLine, valueAt } from "./faults.ts";
import { packageFileFaults } from "./packageFiles.ts";
import type { ClusterPlan } from "./plan.ts";
import { resolvePlan } from "./resolve.ts";
import type { clusterSchemas } from "./schema.ts";
import { missingFencingPassword, type secretKeys } from "./secrets.ts";
import { type Surroundings, tlsSecretFaults } from "./tls.ts";

/** What may stand under `sip-ha:cluster` in a stack file: docs/configuration.md describes each option. */
export type ClusterOptions = z.input<(typeof clusterSchemas)["lab"] | (typeof clusterSchemas)["existing"]>;

/** Name of a secret that a program may give to `SipCluster`. */
export type SecretName = (typeof secretKeys)[number];

/** What a program says about itself beside the cluster's options. */
export interface ProgramContext {
  /** Distinguishes clusters; containers and networks of a lab carry it. As a rule `pulumi.getStack()`. */
  readonly stack: string;
  /** Where Pulumi runs the program; relative paths in the options start there. */
  readonly directory: string;
  /** Secrets that the program gives to `SipCluster`. @default none */
  readonly secrets?: readonly SecretName[];
  /** The moment that certificates are held against. @default now */
  readonly now?: Date;
}

/** Everything that is wrong with what a program asks for; Pulumi prints it without a stack trace. */
export class ClusterError extends pulumi.RunError {
  readonly faults: readonly Fault[];

  constructor(subject: string, faults: readonly Fault[]) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    super([`${count} in ${subject}:`, ...faults.map((fault) => `  - ${faultLine(fault)}`)].join("\n"));
    this.name = "ClusterError";
    this.faults = faults;
  }
}

/**
 * The plan of a cluster for a Pulumi program: options as in a stack file, looked at in the same way.
 *
 * @throws ClusterError with every fault at once
 */
export function clusterPlan(options: ClusterOptions, context: ProgramContext): ClusterPlan {
  const { stack, directory, secrets = [], now = new Date() } = context;
  const surroundings = { directory, now };
  const resolution = resolvePlan(options, stack, surroundings);
  const faults = [
    ...("faults" in resolution ? resolution.faults : planFaults(resolution.plan, directory, secrets)),
    ...tlsFaults(options, secrets, surroundings),
  ];
  if (faults.length > 0 || !("plan" in resolution)) throw new ClusterError(`the options of cluster ${stack}`, faults);
  return resolution.plan;
}

function planFaults(plan: ClusterPlan, directory: string, secrets: readonly SecretName[]): readonly Fault[] {
  const { fencing } = plan;
  const needed = fencing.kind !== "none" && !fencing.lab && fencing.secret !== undefined;
  return [
    ...packageFileFaults(plan, directory),
    ...(needed && !secrets.includes("fencingPassword") ? [inProgram(missingFencingPassword(fencing.plugin))] : []),
  ];
}

function tlsFaults(
  options: ClusterOptions,
  secrets: readonly SecretName[],
  surroundings: Surroundings,
): readonly Fault[] {
  const keyFile = valueAt(options, ["sip", "tls", "keyFile"]);
  if (keyFile !== undefined) {
    const fix = "read the file in the program, give its text to SipCluster as tlsKey, and name tlsKey in secrets";
    return [{ path: "sip.tls.keyFile", got: "a file", allowed: "be absent in a program", fix }];
  }
  return tlsSecretFaults(options, secrets.includes("tlsKey") ? "encrypted" : "none", surroundings).map(inProgram);
}

/** A fault about a secret of the stack file, in the words of a program. */
function inProgram({ path, ...fault }: Fault): Fault {
  const name = path.replace(/^sip-ha:/, "");
  const fix =
    fault.got === "nothing"
      ? `give it to SipCluster as ${name}, and name ${name} in secrets`
      : `leave ${name} out of secrets`;
  return { ...fault, path: `secrets.${name}`, fix };
}
