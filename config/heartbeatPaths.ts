import { z } from "zod";
import { hostAddress, parseNetwork } from "./addresses.ts";
import { about, mapping, oneOf } from "./fields.ts";
import { hostNumbers } from "./labSchema.ts";
import type { HeartbeatPathPlan, InterfacesPlan, MachinePlan } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

const networks = ["private", "public", "dedicated"] as const;

/** What a stack file says of heartbeats. */
export const heartbeatSchema = mapping(
  {
    paths: about(
      z.array(
        oneOf(networks, { description: "A network that both nodes are on, each named once.", example: "public" }),
      ),
      {
        description: [
          "Networks that carry heartbeats, independent of each other: a node is dead only when none of them brings a",
          "heartbeat. `private` is the private card (eth0). `public` is the public one (eth1), by a link-local address (RFC 3927) that only the two nodes",
          "use, so that a standby still has no public address. `dedicated` is a network of its own on a third card,",
          "`hosts.heartbeatSubnet`.",
        ].join(" "),
        allowed: "a list of one to three of private, public, dedicated, each at most once",
        example: ["private", "public", "dedicated"],
      },
    ).default(["private", "public"]),
  },
  { description: "How the nodes hear each other.", example: { paths: ["private", "public"] } },
).prefault({});

/**
 * The link-local address of the node with this number, below 169.254.1.0 to 169.254.254.255 (RFC 3927 section 2.1).
 * The third octet follows from the floating IP, so that clusters on one segment do not meet.
 */
export function linkLocalAddress(floatingIp: string, index: number): string {
  const last = Number(floatingIp.split(".").at(-1));
  return `169.254.${1 + (last % 254)}.${hostNumbers.node + index}`;
}

function addressesOn(
  network: (typeof networks)[number],
  options: ClusterOptions,
  nodes: readonly MachinePlan[],
): readonly string[] {
  const { floatingIp, hosts } = options;
  switch (network) {
    case "private":
      return nodes.map(({ privateAddress }) => privateAddress);
    case "public":
      return nodes.map((_, index) => linkLocalAddress(floatingIp.address, index));
    case "dedicated": {
      if (hosts.kind === "existing") return hosts.nodes.map(({ heartbeatAddress }) => heartbeatAddress ?? "");
      const subnet = parseNetwork(hosts.heartbeatSubnet ?? hosts.privateSubnet);
      return nodes.map((_, index) => hostAddress(subnet, hostNumbers.node + index));
    }
  }
}

/** The paths with each node's card and address. */
export function heartbeatPaths(
  options: ClusterOptions,
  nodes: readonly MachinePlan[],
  interfaces: InterfacesPlan,
): readonly HeartbeatPathPlan[] {
  return options.heartbeat.paths.map((network) => {
    const addresses = addressesOn(network, options, nodes);
    const entries = nodes.map(({ name }, index) => [name, addresses[index] ?? ""] as const);
    return { network, interface: interfaces[network], addresses: Object.fromEntries(entries) };
  });
}

/** Paths must be there, differ, and have a network. */
export function checkHeartbeatPaths(book: RuleBook, { heartbeat, hosts }: ClusterOptions): void {
  const { paths } = heartbeat;
  const all = { path: "heartbeat.paths", value: paths };
  book.refuse(paths.length === 0, all, [], {
    allowed: "have at least one path",
    fix: "write [ private, public ] or leave it out",
  });
  for (const [index, network] of paths.entries()) {
    const first = paths.indexOf(network);
    book.refuse(first < index, { path: `heartbeat.paths[${index}]`, value: network }, [all], {
      allowed: `differ from heartbeat.paths[${first}] (${network})`,
      fix: "name another network or remove it: two paths through one network fail together",
    });
  }
  const dedicated = paths.indexOf("dedicated");
  const subnet = { path: "hosts.heartbeatSubnet", value: hosts.heartbeatSubnet };
  book.refuse(dedicated !== -1 && subnet.value === undefined, subnet, [all], {
    allowed: `be set, since heartbeat.paths[${dedicated}] is dedicated`,
    fix: "set it, for instance heartbeatSubnet: 10.77.1.0/24, or remove that path",
  });
  book.refuse(dedicated === -1 && subnet.value !== undefined, subnet, [all], {
    allowed: "be left out, since no path of heartbeat.paths is dedicated",
    fix: "add dedicated to heartbeat.paths or remove it",
  });
}
