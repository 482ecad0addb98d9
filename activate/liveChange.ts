import { faultLine } from "../config/faults.ts";
import { floatingIpChangeFaults } from "../config/floatingIpChange.ts";
import { nodeChangeFaults } from "../config/machineChange.ts";
import type { ClusterPlan, FloatingIpPlan, MachinePlan } from "../config/plan.ts";
import { proxyChangeFaults } from "../config/proxyChange.ts";
import { all } from "../remote/eventually.ts";
import { engine, release } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";

/** What a node has in service of what a running cluster cannot change by itself. */
export interface InService {
  readonly proxy: ClusterPlan["proxy"];
  readonly floatingIp: FloatingIpPlan;
  readonly nodes: readonly Pick<MachinePlan, "name" | "privateAddress">[];
}

/** Undefined on a node that has nothing yet. */
export async function inServiceOn(session: Session): Promise<InService | undefined> {
  if ((await release.current(session)) === undefined) return undefined;
  const text = await session.must("look for what is in service", "cat /etc/sip-ha/cluster.env", { timeoutMs: 10_000 });
  return parseInService(text);
}

/** Reads the text of a cluster.env. */
export function parseInService(text: string): InService | undefined {
  const values = new Map(
    [...text.matchAll(/^([A-Z_]+)='?([^'\n]*)'?$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  const [address, gateway] = [values.get("FLOATING_IP"), values.get("GATEWAY")];
  if (address === undefined || gateway === undefined) return undefined;
  const addresses = values.get("NODE_ADDRESSES")?.split(" ") ?? [];
  const names = values.get("NODES")?.split(" ") ?? [];
  return {
    // a release from before the choice is Kamailio's
    proxy: values.get("PROXY") === "opensips" ? "opensips" : "kamailio",
    floatingIp: { address, prefix: Number(values.get("FLOATING_PREFIX")), gateway },
    nodes: names.map((name, index) => ({ name, privateAddress: addresses[index] ?? "" })),
  };
}

/**
 * Asked before anything is changed, since plain Pulumi does not look at what is in service.
 *
 * @throws Error where a node serves with what the plan may not change, or changes without allowing the price
 */
export async function refuseLiveChange(nodes: readonly Session[], plan: ClusterPlan): Promise<void> {
  const found = await all(nodes.map((node) => faultsOf(node, plan)));
  const lines = new Set(found.flat());
  if (lines.size > 0) throw new Error(`nothing was changed: ${[...lines].join("\n")}`);
}

async function faultsOf(node: Session, plan: ClusterPlan): Promise<readonly string[]> {
  const inService = await inServiceOn(node);
  if (inService === undefined) return [];
  const faults = [
    ...proxyChangeFaults(plan, inService.proxy),
    ...nodeChangeFaults(plan.nodes, inService.nodes),
    ...((await serves(node)) ? floatingIpChangeFaults(plan, inService.floatingIp) : []),
  ];
  return faults.map(faultLine);
}

/** A change that began before, and only reached the node that serves nobody, may be taken back. */
async function serves(node: Session): Promise<boolean> {
  return (await engine.owner(node)).role === "active";
}
