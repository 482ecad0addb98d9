import { z } from "zod";
import type { ClusterPlan, HostRole } from "../config/plan.ts";
import { hostAccessSchema, planSchema } from "../remote/access.ts";
import type { HostAccess } from "../components/hosts/host.ts";
import type { Release } from "../remote/programs.ts";

/** End of the URN of the command that takes everything into service, and gets this input. */
export const ACTIVATION = "sipha:index:Activation$command:local:Command::edge-activation-run";

/** What the activate program works with. */
export interface ActivationInput {
  readonly plan: ClusterPlan;
  readonly hosts: readonly HostAccess[];
  /** By host name; hosts without one are not managed. */
  readonly releases: ReadonlyMap<string, Release>;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a sha256 in hexadecimal");

const schema = z.object({
  plan: planSchema,
  hosts: z.array(hostAccessSchema),
  releases: z.record(z.string(), z.object({ files: sha256, secrets: sha256 })),
  bundles: z.string(),
});

const bundlesSchema = z.partialRecord(
  z.enum(["node", "database", "bastion", "router", "caller", "fence"] satisfies HostRole[]),
  sha256,
);

/** The plan alone; undefined in what another version of this project handed over. */
export function planOfInput(text: string): ClusterPlan | undefined {
  return z.object({ plan: planSchema }).safeParse(JSON.parse(text)).data?.plan;
}

/** Reads the JSON that the stack hands over on stdin. */
export function parseActivationInput(text: string): ActivationInput {
  const { plan, hosts, releases, bundles } = schema.parse(JSON.parse(text));
  const bundleOf = bundlesSchema.parse(JSON.parse(bundles));
  const entries = hosts.flatMap(({ name, role }): [string, Release][] => {
    const staged = releases[name];
    return staged ? [[name, { ...staged, bundle: bundleOf[role] ?? "" }]] : [];
  });
  return { plan, hosts, releases: new Map(entries) };
}
