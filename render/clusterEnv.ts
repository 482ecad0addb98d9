import { machines, type ClusterPlan, type MachinePlan } from "../config/plan.ts";
import type { RenderedFile } from "./renderedFile.ts";

/**
 * One word of POSIX shell that stands for exactly this text (XCU 2.2.2: nothing is special in single quotes).
 *
 * @throws Error for a NUL byte, which no shell word can carry
 */
export function shellQuote(text: string): string {
  if (text.includes("\0")) throw new Error("a shell word cannot carry a NUL byte");
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** `NAME=word` lines, to be sourced by any POSIX shell and readable as systemd's EnvironmentFile. */
export function shellAssignments(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellQuote(String(value))}\n`)
    .join("");
}

/** `/etc/sip-ha/cluster.env`: the plan's values for the shell programs of a machine. */
export function clusterEnv(plan: ClusterPlan, machine: MachinePlan): RenderedFile {
  const header = "# managed by Pulumi: change the stack file; values for the programs in /usr/lib/sip-ha\n";
  return {
    path: "/etc/sip-ha/cluster.env",
    mode: "0644",
    owner: "root:root",
    // the agents and the relay read it when the group starts
    effect: machine.role === "node" ? "proxy" : "none",
    content: header + shellAssignments({ ...commonValues(plan, machine), ...nodeValues(plan, machine) }),
  };
}

function commonValues(plan: ClusterPlan, machine: MachinePlan): Record<string, string | number> {
  return {
    CLUSTER: plan.stack,
    NODE_NAME: machine.name,
    ROLE: machine.role,
    PRIVATE_IF: plan.interfaces.private,
    PRIVATE_ADDRESS: machine.privateAddress,
    PRIVATE_SUBNET: plan.hosts.privateSubnet,
    ...(plan.bastion ? { BASTION: plan.bastion.privateAddress } : {}),
    NODES: plan.nodes.map((node) => node.name).join(" "),
    NODE_ADDRESSES: plan.nodes.map((node) => node.privateAddress).join(" "),
    MACHINES: machines(plan)
      .map((other) => other.name)
      .join(" "),
    FLOATING_IP: plan.floatingIp.address,
    FLOATING_PREFIX: plan.floatingIp.prefix,
    GATEWAY: plan.floatingIp.gateway,
    PROXY: plan.proxy,
    SIP_DOMAIN: plan.sip.domain,
    SIP_PORT: plan.sip.port,
    RELAY_MIN: plan.relayPorts.min,
    RELAY_MAX: plan.relayPorts.max,
    DATABASE_HOST: plan.database.machine.privateAddress,
    DATABASE_PORT: plan.database.port,
  };
}

function nodeValues(plan: ClusterPlan, machine: MachinePlan): Record<string, string | number> {
  if (machine.role !== "node") return {};
  const peer = peerOf(plan, machine);
  return {
    RELAY: plan.relay,
    PUBLIC_IF: plan.interfaces.public,
    LINK_LOCAL: linkLocal(plan, machine),
    PEER_NAME: peer.name,
    PEER_ADDRESS: peer.privateAddress,
    HEARTBEAT_PATHS: pathsToPeer(plan, machine)
      .map(({ card, address }) => `${card}=${address}`)
      .join(" "),
    // the floating address is announced there as well: media servers reach it over the private network
    ...(plan.mediaServers.length > 0 ? { MEDIA_IF: plan.interfaces.private } : {}),
  };
}

/** The node's own address on the public segment, with prefix; empty where no heartbeat passes there. */
function linkLocal(plan: ClusterPlan, { name }: MachinePlan): string {
  const path = plan.heartbeatPaths.find(({ network }) => network === "public");
  const address = path?.addresses[name];
  return address === undefined ? "" : `${address}/24`;
}

/** By which card the peer is heard under which address, in the order of the plan. */
export function pathsToPeer(
  plan: ClusterPlan,
  machine: MachinePlan,
): readonly { readonly card: string; readonly address: string }[] {
  const { name } = peerOf(plan, machine);
  return plan.heartbeatPaths.map((path) => {
    const address = path.addresses[name];
    if (address === undefined) throw new Error(`${name} has no address on the heartbeat path ${path.network}`);
    return { card: path.interface, address };
  });
}

/**
 * The other node.
 *
 * @throws Error when the plan has no other node
 */
export function peerOf(plan: ClusterPlan, machine: MachinePlan): MachinePlan {
  const peer = plan.nodes.find((node) => node.name !== machine.name);
  if (peer === undefined) throw new Error(`${machine.name} has no peer: the plan needs two nodes`);
  return peer;
}
