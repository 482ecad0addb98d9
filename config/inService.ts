import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ACTIVATION, planOfInput } from "../activate/input.ts";
import { liveChangeFaults } from "./liveChange.ts";
import { ConfigError } from "./load.ts";
import type { ClusterPlan } from "./plan.ts";

const outputsSchema = z.object({ outputs: z.object({ cluster: z.unknown() }) });
const resourcesSchema = z.object({ outputs: z.record(z.string(), z.object({ outputs: z.unknown() })) });
const stdinSchema = z.object({ stdin: z.string() });

/**
 * Refuses what a running stack cannot take, also under plain Pulumi, before any resource is registered: machines that are
 * made anew or given up are gone before anybody could ask the hosts.
 *
 * @param plan what the stack file says
 * @throws ConfigError with everything that differs from what was activated last and must stay
 */
export async function refuseChangeInService(plan: ClusterPlan): Promise<void> {
  const inService = await activatedPlan();
  const faults = inService ? liveChangeFaults(plan, inService) : [];
  if (faults.length > 0) throw new ConfigError(plan.stack, faults);
}

/** Of this very stack, from its state; undefined where nothing was activated, or by another version of this project. */
async function activatedPlan(): Promise<ClusterPlan | undefined> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  // a stack without outputs has no resources that could be asked for
  const outputs: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack });
  if (!outputsSchema.safeParse(outputs).success) return undefined;
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName: stack });
  const resources = Object.entries(resourcesSchema.parse(answer).outputs);
  const activation = resources.find(([urn]) => urn.endsWith(ACTIVATION))?.[1];
  const stdin = stdinSchema.safeParse(activation?.outputs).data?.stdin;
  return stdin === undefined ? undefined : planOfInput(stdin);
}
