import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../config/plan.ts";
import type { Host } from "./hosts/host.ts";
import { accessOf, program, secretJson } from "./program.ts";

const TYPE = "sipha:index:Verification";

export interface VerificationArgs {
  readonly plan: ClusterPlan;
  readonly hosts: readonly Host[];
  /** What was taken into service: as long as it stays the same, nothing is verified again. */
  readonly activated: pulumi.Output<string>;
  /** Where Pulumi runs the program of the stack. */
  readonly directory: string;
}

/** Proves the cluster after each change of it; a broken bound fails the update, and the next one verifies again. */
export class Verification extends pulumi.ComponentResource {
  constructor(name: string, args: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    const { plan, hosts, activated, directory } = args;
    new command.local.Command(
      `${name}-run`,
      {
        create: program(directory, "verify", "first"),
        update: program(directory, "verify", "change"),
        stdin: secretJson({ plan, hosts: accessOf(hosts), activated }),
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
