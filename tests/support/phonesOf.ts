import { Sessions, VerificationContext, type Phones } from "../../verify/context.ts";
import { preparePhones } from "../../verify/phones/preparePhones.ts";
import { Restoration } from "../../verify/faults/restoration.ts";
import type { Sandbox } from "./sandbox.ts";

/** The phones of a verification, and the cluster that they call. */
export interface Surroundings {
  readonly phones: Phones;
  readonly context: VerificationContext;
  readonly floatingIp: string;
}

/** Does something with phones on the caller, and takes them away. No verification may run meanwhile. */
export async function onCaller<T>(sandbox: Sandbox, use: (around: Surroundings) => Promise<T>): Promise<T> {
  const { plan, hosts } = await sandbox.outputs();
  const restoration = new Restoration(() => undefined);
  const sessions = Sessions.until(restoration, hosts);
  const context = new VerificationContext(plan, sessions, () => undefined, new AbortController().signal);
  try {
    const phones = await preparePhones(context, [1], restoration);
    return await use({ phones, context, floatingIp: plan.floatingIp.address });
  } finally {
    await restoration.run();
  }
}
