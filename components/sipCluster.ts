import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type ClusterPlan, fenceOf, isManaged, type MachinePlan, machines } from "../config/plan.ts";
import type { ClusterSecrets } from "../render/renderedFile.ts";
import { Activation } from "./activation.ts";
import type { Host, HostAccess } from "./hosts/host.ts";
import { PackageBundle } from "./packageBundle.ts";
import { accessOf } from "./program.ts";
import { fitting, refuseUnsound } from "./refusals.ts";
import { StagedHost } from "./stagedHost.ts";
import { Verification } from "./verification.ts";

const TYPE = "sipha:index:SipCluster";

export interface SipClusterArgs {
  readonly plan: ClusterPlan;
  /** One machine for each of the plan, wherever it comes from. */
  readonly hosts: readonly Host[];
  /** Where Pulumi runs the program: files that the plan names are below it, and programs of the stack run in it. */
  readonly directory: string;
  /** Password of the proxy's database account. @default a generated one */
  readonly databasePassword?: pulumi.Output<string>;
  /** Private key of the certificate in the plan, PEM. */
  readonly tlsKey?: pulumi.Output<string>;
  /** Password of the fencing device. @default a generated one for the lab's own device */
  readonly fencingPassword?: pulumi.Output<string>;
  /** Address that changes of state are POSTed to, http or https. @default none */
  readonly alertUrl?: pulumi.Output<string>;
}

/** A highly available SIP edge on given machines: packages, staged files, one activation, and the proof that it fails over. */
export class SipCluster extends pulumi.ComponentResource {
  /** The plan, with every default filled in. */
  readonly cluster: ClusterPlan;
  /** How each host is reached. Secret. */
  readonly access: pulumi.Output<HostAccess[]>;

  constructor(name: string, args: SipClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseUnsound(name, args);
    super(TYPE, name, {}, opts);
    const { plan, hosts, directory } = args;
    const managed = hosts.filter(isManaged);
    const secrets = createSecrets(name, args, this);
    const packages = new PackageBundle(`${name}-packages`, { plan, hosts: managed, directory }, { parent: this });
    const staged = Object.fromEntries(managed.map((host) => [host.name, stageHost(name, plan, host, secrets, this)]));
    const bundles = packages.delivered;
    const { activated } = new Activation(
      `${name}-activation`,
      { plan, hosts, staged, bundles, directory },
      { parent: this },
    );
    new Verification(`${name}-verification`, { plan, hosts, activated, directory }, { parent: this });
    this.cluster = plan;
    this.access = accessOf(hosts);
    this.registerOutputs({ cluster: this.cluster, access: this.access });
  }
}

/** IPMI 1.5 takes no longer one. */
const BMC_PASSWORD_LENGTH = 16;

function createSecrets(name: string, args: SipClusterArgs, parent: pulumi.Resource): pulumi.Output<ClusterSecrets> {
  const generate = (part: string, length = 32): pulumi.Output<string> =>
    new random.RandomPassword(`${name}-${part}`, { length, special: false }, { parent }).result;
  const { database, heartbeat } = args.plan.generations;
  const chosen = (key: "alertUrl" | "databasePassword" | "fencingPassword"): pulumi.Output<string> | undefined =>
    args[key]?.apply((value) => fitting(key, value));
  const alertUrl = chosen("alertUrl");
  const fencing =
    chosen("fencingPassword") ?? (fenceOf(args.plan) && generate("fencing-password", BMC_PASSWORD_LENGTH));
  return pulumi.secret(
    pulumi.output({
      databasePassword: chosen("databasePassword") ?? generate(generationOf("database-password", database)),
      probePassword: generate(generationOf("probe-password", database)),
      nonceSecret: generate("nonce-secret"),
      heartbeatKey: generate(generationOf("heartbeat-key", heartbeat)),
      ...(heartbeat > 1 ? { formerHeartbeatKey: generate(generationOf("heartbeat-key", heartbeat - 1)) } : {}),
      ...(args.tlsKey ? { tlsKey: args.tlsKey } : {}),
      ...(args.plan.redis ? { redisPassword: generate("redis-password") } : {}),
      ...(fencing === undefined ? {} : { fencingPassword: fencing }),
      ...(alertUrl ? { alertUrl } : {}),
    }),
  );
}

/** A resource of its own for each generation; the first has the name that it always had. */
function generationOf(part: string, generation: number): string {
  return generation === 1 ? part : `${part}-${generation}`;
}

function stageHost(
  name: string,
  plan: ClusterPlan,
  host: Host,
  secrets: pulumi.Output<ClusterSecrets>,
  parent: pulumi.Resource,
): StagedHost {
  return new StagedHost(`${name}-${host.name}`, { plan, machine: machineOf(plan, host), host, secrets }, { parent });
}

function machineOf(plan: ClusterPlan, host: Host): MachinePlan {
  const machine = machines(plan).find(({ name }) => name === host.name);
  if (!machine) throw new Error(`host ${host.name} is not in the plan; give one host for each machine of the plan`);
  return machine;
}
