import { contains, isEdge, networkOf, overlaps, parseNetwork } from "./addresses.ts";
import type { ExistingOptions } from "./existingSchema.ts";
import { checkDistinct, checkSubnets, machinesAt } from "./networkRules.ts";
import type { ClusterPlan } from "./plan.ts";
import type { At, RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

/** What must hold where the stack did not make the machines; nothing is looked at on them. */
export function checkExisting(book: RuleBook, plan: ClusterPlan, options: ClusterOptions): void {
  const { hosts } = options;
  if (hosts.kind !== "existing") return;
  checkAddresses(book, plan, hosts);
  checkPublic(book, plan, hosts);
  checkInterfaces(book, hosts);
  checkBastions(book, hosts);
  checkHeartbeatAddresses(book, options, hosts);
  checkLabOnly(book, options);
}

function checkAddresses(book: RuleBook, plan: ClusterPlan, hosts: ExistingOptions): void {
  const subnet = { path: "hosts.privateSubnet", value: hosts.privateSubnet };
  const subnets = [subnet];
  if (hosts.heartbeatSubnet !== undefined)
    subnets.push({ path: "hosts.heartbeatSubnet", value: hosts.heartbeatSubnet });
  checkSubnets(book, subnets);
  const media = mediaPaths(plan);
  const addresses = machinesAt(plan).map(({ address }) => address);
  for (const address of addresses.filter(({ path }) => !media.includes(path))) checkInside(book, address, subnet);
  checkDistinct(book, addresses, "give each its own address");
}

/** Media servers may be elsewhere, where the nodes have a way to. */
function mediaPaths({ mediaServers }: ClusterPlan): readonly string[] {
  return mediaServers.map((_, index) => `mediaServers[${index}].address`);
}

function checkInside(book: RuleBook, address: At<string>, subnet: At<string>): void {
  const network = parseNetwork(subnet.value);
  const inside = contains(network, address.value);
  book.refuse(!inside, address, [subnet], {
    allowed: `lie in ${subnet.path} (${network.cidr})`,
    fix: "give the address that the machine has on that network, or correct the network",
  });
  book.refuse(inside && isEdge(network, address.value), address, [subnet], {
    allowed: `differ from the network and the broadcast address of ${network.cidr}`,
    fix: "choose an address between the two",
  });
}

function checkPublic(book: RuleBook, { floatingIp }: ClusterPlan, hosts: ExistingOptions): void {
  const network = networkOf(floatingIp.address, floatingIp.prefix);
  const address = { path: "floatingIp.address", value: floatingIp.address };
  const gateway = { path: "floatingIp.gateway", value: floatingIp.gateway };
  const prefix = { path: "floatingIp.prefix", value: floatingIp.prefix };
  const inside = contains(network, gateway.value);
  book.refuse(!inside, gateway, [address, prefix], {
    allowed: `lie in the public network ${network.cidr}`,
    fix: "give the router's address there, or correct floatingIp.prefix",
  });
  for (const given of inside ? [address, gateway] : [address]) {
    book.refuse(isEdge(network, given.value), given, [address, prefix], {
      allowed: `differ from the network and the broadcast address of ${network.cidr}`,
      fix: "choose an address between the two",
    });
  }
  checkDistinct(book, [address, gateway], "give each its own address");
  const subnet = { path: "hosts.privateSubnet", value: hosts.privateSubnet };
  book.refuse(overlaps(network, parseNetwork(subnet.value)), subnet, [address, prefix], {
    allowed: `not overlap the network of floatingIp (${network.cidr})`,
    fix: "use separate networks: a standby must be reached while it has no public address",
  });
}

function checkInterfaces(book: RuleBook, { interfaces, heartbeatSubnet }: ExistingOptions): void {
  const used = ["private", "public", ...(heartbeatSubnet === undefined ? [] : ["heartbeat"])] as const;
  const cards = used.map((network) => ({
    path: `hosts.interfaces.${network}`,
    value: interfaces[network === "private" || network === "public" ? network : "heartbeat"],
  }));
  checkDistinct(book, cards, "give each network its own card");
}

function checkBastions(book: RuleBook, hosts: ExistingOptions): void {
  const { bastions, nodes, database, caller } = hosts;
  const names = bastions.map(({ name }, index) => ({ path: `hosts.bastions[${index}].name`, value: name }));
  checkDistinct(book, names, "rename one of the two");
  const users = [
    ...nodes.map((given, index) => ({ path: `hosts.nodes[${index}]`, given })),
    { path: "hosts.database", given: database },
    ...(caller ? [{ path: "hosts.caller", given: caller }] : []),
  ];
  for (const { path, given } of users) {
    const bastion = { path: `${path}.bastion`, value: given.bastion };
    const known = bastions.map(({ name }) => name);
    book.refuse(given.bastion !== undefined && !known.includes(given.bastion), bastion, names, {
      allowed: `be one of the names in hosts.bastions${known.length > 0 ? ` (${known.join(", ")})` : ""}`,
      fix: "add it there, or name another",
    });
  }
}

function checkHeartbeatAddresses(book: RuleBook, { heartbeat }: ClusterOptions, hosts: ExistingOptions): void {
  const dedicated = heartbeat.paths.includes("dedicated");
  const subnet = { path: "hosts.heartbeatSubnet", value: hosts.heartbeatSubnet };
  const paths = { path: "heartbeat.paths", value: heartbeat.paths };
  const given = hosts.nodes.map(({ heartbeatAddress }, index) => ({
    path: `hosts.nodes[${index}].heartbeatAddress`,
    value: heartbeatAddress,
  }));
  for (const { path, value } of given) {
    book.refuse(dedicated && value === undefined, { path, value }, [paths], {
      allowed: "be set, since heartbeat.paths has dedicated",
      fix: "give the address that the node has on that network, or remove that path",
    });
    book.refuse(!dedicated && value !== undefined, { path, value }, [paths], {
      allowed: "be left out, since no path of heartbeat.paths is dedicated",
      fix: "add dedicated to heartbeat.paths or remove it",
    });
    if (dedicated && value !== undefined && subnet.value !== undefined) {
      checkInside(book, { path, value }, { path: subnet.path, value: subnet.value });
    }
  }
  const set = given.flatMap(({ path, value }) => (value === undefined ? [] : [{ path, value }]));
  checkDistinct(book, set, "give each its own address");
}

function checkLabOnly(book: RuleBook, { fencing, mediaServers }: ClusterOptions): void {
  book.refuse(fencing === "lab", { path: "fencing", value: fencing }, [], {
    allowed: "be none or a device of your own with hosts of kind existing",
    fix: "describe the device by plugin, parameters and devices",
  });
  for (const [index, { address }] of mediaServers.entries()) {
    const at = { path: `mediaServers[${index}].address`, value: address };
    book.refuse(address === undefined, at, [], {
      allowed: "be set with hosts of kind existing",
      fix: "give the address that the nodes reach it under",
    });
  }
}
