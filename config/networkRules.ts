import { contains, firstReserved, isEdge, isReserved, overlaps, parseNetwork } from "./addresses.ts";
import { callerOf, type ClusterPlan, fenceOf, type LabPlan, routerOf } from "./plan.ts";
import type { At, RuleBook } from "./ruleBook.ts";

/** The addresses of one lab network. */
interface Segment {
  readonly title: string;
  readonly subnet: At<string>;
  readonly addresses: readonly At<string>[];
  /** How many of the last usable addresses Docker keeps. */
  readonly reserved: number;
}

/** Every machine's name and private address with their paths. */
export function machinesAt(plan: ClusterPlan): readonly { name: At<string>; address: At<string> }[] {
  const { bastion, nodes, database, mediaServers } = plan;
  const named = [
    ...nodes.map((machine, index) => ({ path: `hosts.nodes[${index}]`, machine })),
    { path: "hosts.bastion", machine: bastion },
    { path: "hosts.database", machine: database.machine },
    { path: "hosts.router", machine: routerOf(plan) },
    { path: "hosts.caller", machine: callerOf(plan) },
    { path: "hosts.fence", machine: fenceOf(plan) },
  ].flatMap(({ path, machine }) => (machine ? [{ path, machine }] : []));
  const media = mediaServers.map(({ name, address }, index) => ({
    path: `mediaServers[${index}]`,
    machine: { name, privateAddress: address },
  }));
  return [...named, ...media].map(({ path, machine }) => ({
    name: { path: `${path}.name`, value: machine.name },
    address: { path: `${path}.address`, value: machine.privateAddress },
  }));
}

/** The lab's BMCs, which have addresses of their own on the fence machine. */
function bmcAddresses({ fencing }: ClusterPlan): readonly At<string>[] {
  if (fencing.kind !== "stonith" || !fencing.lab) return [];
  return Object.entries(fencing.devices).map(([node, { ipaddr = "" }]) => ({
    path: `fencing (the BMC of ${node})`,
    value: ipaddr,
  }));
}

function segments(
  hosts: LabPlan,
  { floatingIp }: ClusterPlan,
  machineAddresses: readonly At<string>[],
): readonly Segment[] {
  return [
    {
      title: "the private network",
      subnet: { path: "hosts.privateSubnet", value: hosts.privateSubnet },
      addresses: machineAddresses,
      reserved: 1,
    },
    {
      title: "the public network",
      subnet: { path: "hosts.publicSubnet", value: hosts.publicSubnet },
      addresses: [
        { path: "floatingIp.address", value: floatingIp.address },
        { path: "floatingIp.gateway", value: floatingIp.gateway },
      ],
      // a node's public card has no address of the cluster's own, but Docker insists on one
      reserved: 3,
    },
    {
      title: "the outside network",
      subnet: { path: "hosts.outsideSubnet", value: hosts.outsideSubnet },
      addresses: [
        { path: "hosts.router.outsideAddress", value: hosts.router.outsideAddress },
        { path: "hosts.caller.outsideAddress", value: hosts.caller.outsideAddress },
      ],
      reserved: 1,
    },
  ];
}

function checkSegment(book: RuleBook, { title, subnet, addresses, reserved }: Segment): void {
  const network = parseNetwork(subnet.value);
  for (const address of addresses) {
    const inside = contains(network, address.value);
    book.refuse(!inside, address, [subnet], {
      allowed: `lie in ${title} ${network.cidr}`,
      fix: `choose an address in it or change ${subnet.path}`,
    });
    book.refuse(inside && isEdge(network, address.value), address, [subnet], {
      allowed: `differ from the network and the broadcast address of ${network.cidr}`,
      fix: "choose an address between the two",
    });
    book.refuse(isReserved(network, reserved, address.value), address, [subnet], {
      allowed: `lie below ${firstReserved(network, reserved)}, since Docker keeps the last usable addresses of ${network.cidr}`,
      fix: "choose a lower address",
    });
  }
}

/** Each begins with its own address and keeps apart from those before it. */
export function checkSubnets(book: RuleBook, subnets: readonly At<string>[]): void {
  for (const [index, subnet] of subnets.entries()) {
    const network = parseNetwork(subnet.value);
    book.refuse(network.cidr !== subnet.value, subnet, [], {
      allowed: "begin with the network's own address",
      fix: `write ${network.cidr}`,
    });
    for (const earlier of subnets.slice(0, index)) {
      book.refuse(overlaps(network, parseNetwork(earlier.value)), subnet, [earlier], {
        allowed: `not overlap ${earlier.path} (${earlier.value})`,
        fix: "choose separate networks",
      });
    }
  }
}

/** Refuses each value that an earlier place in the list has already. */
export function checkDistinct(book: RuleBook, values: readonly At<string>[], fix: string): void {
  for (const [index, value] of values.entries()) {
    const earlier = values.slice(0, index).find((other) => other.value === value.value && book.sound(other.path));
    if (!earlier) continue;
    book.refuse(true, value, [earlier], { allowed: `differ from ${earlier.path} (${earlier.value})`, fix });
  }
}

/** In the lab: networks apart, each address inside its own network, free, and given once. */
export function checkNetworks(book: RuleBook, plan: ClusterPlan): void {
  const { hosts } = plan;
  if (hosts.kind !== "lab") return;
  const networks = segments(hosts, plan, [...machinesAt(plan).map(({ address }) => address), ...bmcAddresses(plan)]);
  const { heartbeatSubnet, publicSubnet } = hosts;
  checkSubnets(book, [
    ...networks.map(({ subnet }) => subnet),
    ...(heartbeatSubnet === undefined ? [] : [{ path: "hosts.heartbeatSubnet", value: heartbeatSubnet }]),
  ]);
  for (const network of networks) checkSegment(book, network);
  const [inside, edge, outside] = networks;
  const all = [...(edge?.addresses ?? []), ...(inside?.addresses ?? []), ...(outside?.addresses ?? [])];
  checkDistinct(book, all, "give each its own address");
  const { prefix } = parseNetwork(publicSubnet);
  const given = { path: "hosts.publicSubnet", value: publicSubnet };
  book.refuse(
    prefix !== plan.floatingIp.prefix,
    { path: "floatingIp.prefix", value: plan.floatingIp.prefix },
    [given],
    {
      allowed: `be the prefix of hosts.publicSubnet (${prefix})`,
      fix: "change one of the two, or leave out hosts.publicSubnet",
    },
  );
}
