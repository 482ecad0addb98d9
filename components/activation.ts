import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../config/plan.ts";
import type { Host } from "./hosts/host.ts";
import { accessOf, livesOn, program, secretJson } from "./program.ts";
import type { StagedHost } from "./stagedHost.ts";

const TYPE = "sipha:index:Activation";

export interface ActivationArgs {
  readonly plan: ClusterPlan;
  readonly hosts: readonly Host[];
  /** By host name. */
  readonly staged: Readonly<Record<string, StagedHost>>;
  /** JSON: the bundle of each role. */
  readonly bundles: pulumi.Output<string>;
  /** Where Pulumi runs the program of the stack. */
  readonly directory: string;
}

/** Takes what is staged into service, standby first, one switchover at the most. Who is active is found out at run time. */
export class Activation extends pulumi.ComponentResource {
  /** Changes when something else was taken into service. Secret. */
  readonly activated: pulumi.Output<string>;

  constructor(name: string, args: ActivationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    const activate = createProgram(name, args, this);
    this.activated = activate.stdout;
    this.registerOutputs({});
  }
}

function createProgram(name: string, args: ActivationArgs, parent: pulumi.Resource): command.local.Command {
  const { plan, hosts, staged, bundles } = args;
  const releases = Object.fromEntries(Object.entries(staged).map(([host, { release }]) => [host, release]));
  const activate = program(args.directory, "activate");
  return new command.local.Command(
    `${name}-run`,
    {
      create: activate,
      update: activate,
      stdin: secretJson({ plan, hosts: accessOf(hosts), releases, bundles }),
      logging: "stderr",
      addPreviousOutputInEnv: false,
      ...livesOn(hosts),
    },
    { parent, additionalSecretOutputs: ["stdout"] },
  );
}
