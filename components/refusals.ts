import * as pulumi from "@pulumi/pulumi";
import { ClusterError, type SecretName } from "../config/clusterPlan.ts";
import type { Fault } from "../config/faults.ts";
import { type ClusterPlan, machines } from "../config/plan.ts";
import { shortSecret } from "../config/secrets.ts";
import type { Host } from "./hosts/host.ts";

interface Given {
  readonly plan: ClusterPlan;
  readonly hosts: readonly Host[];
  readonly tlsKey?: pulumi.Output<string>;
  readonly fencingPassword?: pulumi.Output<string>;
}

/**
 * Refuses arguments that do not belong together, before anything is registered.
 *
 * @throws ClusterError with every fault at once
 */
export function refuseUnsound(name: string, given: Given): void {
  const faults = [...hostFaults(given), ...secretFaults(given)];
  if (faults.length > 0) throw new ClusterError(`the arguments of SipCluster ${name}`, faults);
}

function hostFaults({ plan, hosts }: Given): readonly Fault[] {
  const wanted = machines(plan);
  const names = hosts.map((host) => host.name);
  const count = (name: string): number => names.filter((other) => other === name).length;
  const missing = wanted
    .filter(({ name }) => count(name) !== 1)
    .map(({ name, role }) => ({
      path: "hosts",
      got: count(name) === 0 ? `none named ${name}` : `${count(name)} named ${name}`,
      allowed: `hold one host for each machine of the plan, and ${name} is its ${role}`,
      fix: "make the hosts from the same plan",
    }));
  const unknown = [...new Set(names)]
    .filter((name) => wanted.every((machine) => machine.name !== name))
    .map((name) => ({
      path: "hosts",
      got: `one named ${name}`,
      allowed: `hold machines of the plan only: ${wanted.map((machine) => machine.name).join(", ")}`,
      fix: "make the hosts from the same plan",
    }));
  return [...missing, ...unknown];
}

function secretFaults({ plan, tlsKey, fencingPassword }: Given): readonly Fault[] {
  const { fencing, sip } = plan;
  const absent = (path: SecretName, allowed: string): Fault => ({
    path,
    got: "nothing",
    allowed,
    fix: "give it as a secret output, for instance config.requireSecret(...)",
  });
  const needsPassword = fencing.kind !== "none" && !fencing.lab && fencing.secret !== undefined;
  return [
    ...(sip.tls && !tlsKey ? [absent("tlsKey", "hold the private key of the plan's certificate")] : []),
    ...(needsPassword && !fencingPassword ? [absent("fencingPassword", `hold the password of ${fencing.plugin}`)] : []),
  ];
}

/**
 * A secret that a configuration file can carry.
 *
 * @throws ClusterError where it could not; the value is not part of the message
 */
export function fitting(key: SecretName, value: string): string {
  const faults = shortSecret(key, value).map((fault) => ({ ...fault, path: key, fix: "choose another" }));
  if (faults.length > 0) throw new ClusterError("the secrets of the cluster", faults);
  return value;
}
