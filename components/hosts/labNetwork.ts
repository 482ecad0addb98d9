import ipaddr from "ipaddr.js";
import type { LabClusterPlan, LabPlan, MachinePlan, MediaServerPlan } from "../../config/plan.ts";

export type LabNetwork = "private" | "public" | "outside" | "heartbeat" | "access";

/** A card of a lab machine: the address that Docker puts on it, and what the machine makes of it at boot. */
export interface LabCard {
  readonly name: string;
  readonly network: LabNetwork;
  /** How the card is recognised at boot. */
  readonly dockerAddress: string;
  /** With prefix; `none` leaves the card up and without an address. */
  readonly address: string;
}

/** The cards and static routes of one lab machine. */
export interface LabWiring {
  readonly cards: readonly LabCard[];
  readonly routes: readonly { readonly target: string; readonly gateway: string }[];
}

/** The address that Docker keeps for a bridge: the last usable one, since the first is the router's. */
export function dockerGateway(subnet: string): string {
  return fromEnd(subnet, 1);
}

/** Which cards a machine has, by its role. */
export function wiring(plan: LabClusterPlan, machine: MachinePlan): LabWiring {
  const lab = plan.hosts;
  const eth0 = card("eth0", "private", machine.privateAddress, lab.privateSubnet);
  switch (machine.role) {
    case "node":
      return { cards: [eth0, unusedPublicCard(plan, machine), ...dedicatedCards(plan, machine)], routes: [] };
    case "router":
      return { cards: [eth0, routerPublicCard(plan), outsideCard("eth2", lab, lab.router.outsideAddress)], routes: [] };
    case "caller":
      return {
        cards: [eth0, outsideCard("eth1", lab, lab.caller.outsideAddress)],
        routes: [{ target: lab.publicSubnet, gateway: lab.router.outsideAddress }],
      };
    case "bastion":
    case "database":
    case "fence":
      return { cards: [eth0], routes: [] };
  }
}

/** The card of a media server: the private network alone. */
export function mediaWiring({ hosts }: LabClusterPlan, { address }: MediaServerPlan): LabWiring {
  return { cards: [card("eth0", "private", address, hosts.privateSubnet)], routes: [] };
}

/** The text of /etc/sip-ha-lab/network, read by the machine's boot program. */
export function wiringText({ cards, routes }: LabWiring): string {
  const lines = [
    ...cards.map(({ name, dockerAddress, address }) => `nic ${name} ${dockerAddress} ${address}`),
    ...routes.map(({ target, gateway }) => `route ${target} ${gateway}`),
  ];
  return `${lines.join("\n")}\n`;
}

function card(name: string, network: LabNetwork, address: string, subnet: string): LabCard {
  return { name, network, dockerAddress: address, address: `${address}/${prefixOf(subnet)}` };
}

/** A node's public card: Docker insists on an address, so it gets one from the end of the subnet and drops it at boot. */
function unusedPublicCard(plan: LabClusterPlan, machine: MachinePlan): LabCard {
  const index = plan.nodes.findIndex(({ name }) => name === machine.name);
  return {
    name: "eth1",
    network: "public",
    dockerAddress: fromEnd(plan.hosts.publicSubnet, 2 + index),
    address: "none",
  };
}

/** The card of a heartbeat network that only the nodes are on, where there is one. */
function dedicatedCards(plan: LabClusterPlan, machine: MachinePlan): readonly LabCard[] {
  const { heartbeatSubnet } = plan.hosts;
  const path = plan.heartbeatPaths.find(({ network }) => network === "dedicated");
  const address = path?.addresses[machine.name];
  if (heartbeatSubnet === undefined || path === undefined || address === undefined) return [];
  return [card(path.interface, "heartbeat", address, heartbeatSubnet)];
}

function routerPublicCard(plan: LabClusterPlan): LabCard {
  return card("eth1", "public", plan.floatingIp.gateway, plan.hosts.publicSubnet);
}

function outsideCard(name: string, lab: LabPlan, address: string): LabCard {
  return card(name, "outside", address, lab.outsideSubnet);
}

function prefixOf(subnet: string): number {
  return ipaddr.IPv4.parseCIDR(subnet)[1];
}

/** The address `distance` below the broadcast address. */
function fromEnd(subnet: string, distance: number): string {
  const octets = ipaddr.IPv4.broadcastAddressFromCIDR(subnet).octets;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0) - distance;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
