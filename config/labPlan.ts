import { hostAddress, networkOf, parseNetwork } from "./addresses.ts";
import { hostNumbers, type LabOptions } from "./labSchema.ts";
import type { LabPlan, MachinePlan } from "./plan.ts";
import type { ClusterOptions } from "./schema.ts";
import type { RuleBook } from "./ruleBook.ts";

interface Given {
  readonly name: string;
  readonly address?: string | undefined;
}

/** A machine of the lab, whose address follows from its network where none is given. */
export function labMachine(
  { privateSubnet }: Pick<LabOptions, "privateSubnet">,
  role: MachinePlan["role"],
  given: Given,
  number: number,
): MachinePlan {
  const privateAddress = given.address ?? hostAddress(parseNetwork(privateSubnet), number);
  return { name: given.name, role, privateAddress };
}

/** The plan of what stands under `hosts` with kind `lab`. */
export function labPlan(hosts: LabOptions, { floatingIp, fencing }: ClusterOptions): LabPlan {
  const outside = parseNetwork(hosts.outsideSubnet);
  const outsideMachine = (role: "router" | "caller", number: number): LabPlan["router"] => ({
    ...labMachine(hosts, role, hosts[role], hostNumbers[role]),
    outsideAddress: hosts[role].outsideAddress ?? hostAddress(outside, number),
  });
  return {
    kind: hosts.kind,
    privateSubnet: hosts.privateSubnet,
    publicSubnet: hosts.publicSubnet ?? networkOf(floatingIp.address, floatingIp.prefix).cidr,
    outsideSubnet: hosts.outsideSubnet,
    ...(hosts.heartbeatSubnet === undefined ? {} : { heartbeatSubnet: hosts.heartbeatSubnet }),
    sshPort: hosts.sshPort,
    router: outsideMachine("router", hostNumbers.routerOutside),
    caller: outsideMachine("caller", hostNumbers.callerOutside),
    ...(fencing === "lab" ? { fence: labMachine(hosts, "fence", hosts.fence, hostNumbers.fence) } : {}),
  };
}

/** Paths of a lab that got their value from options which are themselves unsound. */
export function unsoundDefaults({ hosts, mediaServers }: ClusterOptions, book: RuleBook): readonly string[] {
  if (hosts.kind !== "lab") return [];
  const machines = [
    ...mediaServers.map((given, index) => ({ path: `mediaServers[${index}]`, given })),
    ...hosts.nodes.map((given, index) => ({ path: `hosts.nodes[${index}]`, given })),
    ...(["bastion", "database", "router", "caller", "fence"] as const).map((name) => ({
      path: `hosts.${name}`,
      given: hosts[name],
    })),
  ];
  const derivations = [
    ...machines.map(({ path, given }) => ({
      path: `${path}.address`,
      given: given.address,
      from: ["hosts.privateSubnet"],
    })),
    ...(["router", "caller"] as const).map((name) => ({
      path: `hosts.${name}.outsideAddress`,
      given: hosts[name].outsideAddress,
      from: ["hosts.outsideSubnet"],
    })),
    { path: "hosts.publicSubnet", given: hosts.publicSubnet, from: ["floatingIp.address", "floatingIp.prefix"] },
  ];
  return derivations
    .filter(({ given, from }) => given === undefined && !from.every((path) => book.sound(path)))
    .map(({ path }) => path);
}
