import * as pulumi from "@pulumi/pulumi";
import { ClusterError } from "../../config/clusterPlan.ts";
import { type ClusterPlan, isExisting, machines } from "../../config/plan.ts";
import { connectionTo } from "./connection.ts";
import type { Host } from "./host.ts";
import { Retirement } from "./retirement.ts";

const TYPE = "sipha:index:ExistingHosts";

export interface ExistingHostsArgs {
  /** With hosts of kind `existing`. */
  readonly plan: ClusterPlan;
  /** Where Pulumi runs the program of the stack. */
  readonly directory: string;
  /** OpenSSH or PEM. @default what the agent at SSH_AUTH_SOCK holds */
  readonly privateKey?: pulumi.Output<string>;
}

/** Machines that were there before the stack and are there after it; it makes nothing of its own. */
export class ExistingHosts extends pulumi.ComponentResource {
  /** Every machine of the plan, in its order. */
  readonly hosts: readonly Host[];

  constructor(name: string, args: ExistingHostsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, privateKey, directory } = args;
    if (!isExisting(plan)) throw notOfMachines(plan);
    super(TYPE, name, {}, opts);
    this.hosts = machines(plan).map((machine) => ({
      ...machine,
      connection: pulumi.secret(pulumi.output(privateKey).apply((key) => connectionTo(plan.hosts, machine, key))),
    }));
    for (const host of this.hosts) {
      new Retirement(`${name}-${host.name}`, { stack: plan.stack, host, directory }, { parent: this });
    }
    this.registerOutputs({});
  }
}

function notOfMachines({ stack, hosts }: ClusterPlan): ClusterError {
  const fix = "make its hosts by DockerLab, or write hosts: { kind: existing, ... }";
  return new ClusterError(`the plan of ${stack}`, [
    { path: "hosts.kind", got: hosts.kind, allowed: "be existing", fix },
  ]);
}
