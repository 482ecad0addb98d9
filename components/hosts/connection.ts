import type { ExistingPlan, MachinePlan, SshPlan } from "../../config/plan.ts";
import type { Connection } from "./host.ts";

/**
 * How a machine is reached.
 *
 * @param privateKey undefined: what the agent holds
 */
export function connectionTo(hosts: ExistingPlan, { name }: MachinePlan, privateKey: string | undefined): Connection {
  const machine = hosts.machines[name];
  if (!machine) throw new Error(`the plan does not say how ${name} is reached`);
  const bastion = hosts.bastions.find((known) => known.name === machine.bastion);
  const target = login(machine.ssh, privateKey);
  return bastion ? { ...target, via: login(bastion, privateKey) } : target;
}

/** How a bastion or a machine is logged in to directly. */
export function login({ host, port, user, hostKey }: SshPlan, privateKey: string | undefined): Connection {
  return { host, port, user, hostKey, ...(privateKey === undefined ? {} : { privateKey }) };
}
