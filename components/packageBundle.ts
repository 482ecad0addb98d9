import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { BundleRequest } from "../bundle/model.ts";
import { bundleRequest } from "../bundle/request.ts";
import type { ClusterPlan } from "../config/plan.ts";
import type { Host } from "./hosts/host.ts";
import { accessOf, livesOn, program, secretJson } from "./program.ts";

const TYPE = "sipha:index:PackageBundle";

export interface PackageBundleArgs {
  readonly plan: ClusterPlan;
  readonly hosts: readonly Host[];
  /** Where Pulumi runs the program of the stack; files that the plan names are below it. */
  readonly directory: string;
}

/** The packages of every host, resolved once, fetched on the controller and put on each host; nothing is installed yet. */
export class PackageBundle extends pulumi.ComponentResource {
  /** JSON: the bundle of each role, by its sha256. */
  readonly delivered: pulumi.Output<string>;

  constructor(name: string, args: PackageBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    const request = bundleRequest(args.plan, args.directory);
    const lock = createLock(name, args.directory, request, this);
    const delivery = createDelivery(name, args, { lock: lock.stdout, sources: request.sources }, this);
    this.delivered = delivery.stdout;
    this.registerOutputs({ delivered: this.delivered });
  }
}

/** Name, version and sha256 of every package; kept in the stack's state, so that each clone installs the same ones. */
function createLock(
  name: string,
  directory: string,
  request: BundleRequest,
  parent: pulumi.Resource,
): command.local.Command {
  const resolve = program(directory, "bundle-lock");
  return new command.local.Command(
    `${name}-lock`,
    {
      create: resolve,
      update: resolve,
      stdin: `${JSON.stringify(request, undefined, 2)}\n`,
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    { parent },
  );
}

function createDelivery(
  name: string,
  { hosts, directory }: PackageBundleArgs,
  packages: pulumi.Inputs,
  parent: pulumi.Resource,
): command.local.Command {
  const deliver = program(directory, "deliver");
  return new command.local.Command(
    `${name}-delivery`,
    {
      create: deliver,
      update: deliver,
      stdin: secretJson({ ...packages, hosts: accessOf(hosts) }),
      logging: "stderr",
      addPreviousOutputInEnv: false,
      ...livesOn(hosts),
    },
    { parent },
  );
}
