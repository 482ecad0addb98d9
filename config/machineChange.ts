import type { Fault } from "./faults.ts";
import type { ClusterPlan, MachinePlan } from "./plan.ts";

const WAY =
  "keep what is in service, also when a machine is replaced (docs/operations.md); for another one take a backup, destroy the stack, deploy it anew and restore";

/**
 * The refusal of other names or addresses of nodes than those in service: the node that serves keeps running with the
 * former ones, and would not know the other any more.
 */
export function nodeChangeFaults(
  nodes: readonly Pick<MachinePlan, "name" | "privateAddress">[],
  inService: readonly Pick<MachinePlan, "name" | "privateAddress">[],
): readonly Fault[] {
  return inService.flatMap((former, index) => {
    const node = nodes[index];
    const path = `hosts.nodes[${index}]`;
    return [
      ...stay(`${path}.name`, node?.name, former.name, "since its peer knows it by that"),
      ...stay(`${path}.address`, node?.privateAddress, former.privateAddress, "since its peer hears it there"),
    ];
  });
}

/** The same of all that would take a machine's data or both nodes at once away. */
export function machineChangeFaults(plan: ClusterPlan, inService: ClusterPlan): readonly Fault[] {
  const [database, former] = [plan.database.machine, inService.database.machine];
  const data = "since users, contacts and calls are there";
  return [
    ...nodeChangeFaults(plan.nodes, inService.nodes),
    ...stay("hosts.database.name", database.name, former.name, data),
    ...stay("hosts.database.address", database.privateAddress, former.privateAddress, data),
    ...stay("hosts.kind", plan.hosts.kind, inService.hosts.kind, "since every machine in service would be given up"),
    ...labFaults(plan, inService),
  ];
}

/** A network of the lab that is made anew takes every machine on it with it, and so does another card in the nodes. */
function labFaults({ hosts }: ClusterPlan, { hosts: former }: ClusterPlan): readonly Fault[] {
  if (hosts.kind !== "lab" || former.kind !== "lab") return [];
  const why = "since both nodes would be made anew at once";
  const dedicated = `${why}, with or without the card of the path dedicated`;
  return [
    ...stay("hosts.heartbeatSubnet", hosts.heartbeatSubnet, former.heartbeatSubnet, dedicated),
    ...stay("hosts.privateSubnet", hosts.privateSubnet, former.privateSubnet, why),
    ...stay("hosts.publicSubnet", hosts.publicSubnet, former.publicSubnet, `${why}; floatingIp must lie in it`),
  ];
}

function stay(path: string, got: string | undefined, former: string | undefined, why: string): readonly Fault[] {
  if (got === former) return [];
  const allowed =
    former === undefined ? `be left out, as in service, ${why}` : `stay ${former}, which is in service, ${why}`;
  return [{ path, got: got ?? "nothing", allowed, fix: WAY }];
}
