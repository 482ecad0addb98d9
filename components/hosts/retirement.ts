import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { accessOf, program, secretJson } from "../program.ts";
import type { Host } from "./host.ts";

const TYPE = "sipha:index:Retirement";

export interface RetirementArgs {
  readonly stack: string;
  readonly host: Host;
  /** Where Pulumi runs the program, and therefore the command that retires the host. */
  readonly directory: string;
}

/**
 * Takes the service off a machine that stays, when the machine leaves the stack or the stack is destroyed.
 * A resource of its own: what stages and activates is replaced now and then, and must not take anything away.
 */
export class Retirement extends pulumi.ComponentResource {
  constructor(name: string, { stack, host, directory }: RetirementArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    new command.local.Command(
      `${name}-run`,
      {
        create: "true",
        update: "true",
        delete: program(directory, "retire"),
        stdin: secretJson({ stack, hosts: accessOf([host]) }),
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
