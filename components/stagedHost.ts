import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan, MachinePlan } from "../config/plan.ts";
import { renderHost, renderHostSecrets } from "../render/index.ts";
import type { ClusterSecrets } from "../render/renderedFile.ts";
import { stageText } from "../render/stageText.ts";
import { stageProgram } from "../render/staticTree.ts";
import type { Connection, Host } from "./hosts/host.ts";
import { livesOn } from "./program.ts";

const TYPE = "sipha:index:StagedHost";

export interface StagedHostArgs {
  readonly plan: ClusterPlan;
  readonly machine: MachinePlan;
  readonly host: Host;
  readonly secrets: pulumi.Output<ClusterSecrets>;
}

/**
 * The files of one host, put beside what is in service; nothing in service changes.
 * The text of every file is the command's stdin, so that a changed line shows in `pulumi preview --diff`.
 */
export class StagedHost extends pulumi.ComponentResource {
  /** Which staged trees the host has: the sha256 of the plain and of the secret one. Secret. */
  readonly release: pulumi.Output<{ readonly files: string; readonly secrets: string }>;

  constructor(name: string, args: StagedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    const { plan, machine, host, secrets } = args;
    const files = stage(`${name}-files`, host, stageText(renderHost(plan, machine)), this);
    const secretText = secrets.apply((plain) => stageText(renderHostSecrets(plan, machine, plain)));
    const secretFiles = stage(`${name}-secrets`, host, pulumi.secret(secretText), this, ["stdout"]);
    this.release = pulumi.secret(pulumi.output({ files: files.stdout, secrets: secretFiles.stdout }));
    this.registerOutputs({});
  }
}

/** Unpacks its stdin on the host; the same constant text for every host and every change. */
const RECEIVE = stageProgram("receive.sh");

function stage(
  name: string,
  host: Host,
  text: pulumi.Input<string>,
  parent: pulumi.Resource,
  additionalSecretOutputs: string[] = [],
): command.remote.Command {
  return new command.remote.Command(
    name,
    {
      connection: host.connection.apply(toCommandConnection),
      create: RECEIVE,
      update: RECEIVE,
      stdin: text,
      logging: "none",
      addPreviousOutputInEnv: false,
      ...livesOn([host]),
    },
    { parent, additionalSecretOutputs },
  );
}

/** A machine that was only just switched on, on a busy engine, answers within about a minute of tries. */
const BOOT_PATIENCE = { dialErrorLimit: 20, perDialTimeout: 15 };

function toCommandConnection({ via, ...target }: Connection): command.types.input.remote.ConnectionArgs {
  if (!via) return { ...target, ...BOOT_PATIENCE };
  const { host, port, user, hostKey, privateKey } = via;
  const key = privateKey === undefined ? {} : { privateKey };
  return { ...target, ...BOOT_PATIENCE, proxy: { host, port, user, ...key, hostKey, ...BOOT_PATIENCE } };
}
