import { type ClusterPlan, isExisting, type MachinePlan } from "../config/plan.ts";
import { pathsToPeer } from "./clusterEnv.ts";
import { type Chain, nftString, nftTable, nftValue, portRange } from "./nftables.ts";
import type { RenderedFile } from "./renderedFile.ts";

const HEADER =
  "# managed by Pulumi: change the stack file (firewall); loaded by /usr/lib/sip-ha/firewall, tables of others are not touched\n\n";
/** Where the watchers of the nodes tell each other (watcher/peer.py). */
const WATCHER_PORT = 7724;
const NTP_PORT = 123;
/** IPMI over LAN (IPMI 2.0, 13.1.2). */
const IPMI_PORT = 623;
/** The lab's bastion is reached from the controller through this card. */
const ACCESS_CARD = "access";
/** Addresses that are counted at a time; who comes later has no limit until others are forgotten. */
const COUNTED = "size 65535";

/** What a machine admits from whom, beside what only some cards of it do. */
export interface Opening {
  readonly protocol: "tcp" | "udp";
  readonly ports: readonly string[];
  /** Addresses and networks. */
  readonly from: readonly string[];
}

/** The table of a machine; nothing where somebody else filters. */
export function firewallFiles(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  if (plan.firewall.mode === "none" || machine.role === "router") return [];
  const node = machine.role === "node";
  const table = nftTable({
    name: "sip_ha",
    counters: ["refused", ...(node ? ["limited"] : [])],
    sets: node ? countingSets(plan) : {},
    chains: [...(node ? publicChains(plan, machine) : []), refuse, inputChain(plan, machine)],
  });
  return [
    {
      path: "/etc/sip-ha/firewall.nft",
      mode: "0644",
      owner: "root:root",
      effect: "none",
      content: HEADER + table,
    },
  ];
}

const refuse: Chain = {
  name: "refuse",
  rules: [
    `limit rate 10/minute burst 20 packets log prefix ${nftString("sip-ha-firewall: ")}`,
    "counter name refused drop",
  ],
};

/** Everything that arrives. What nobody asked for and nothing below admits is dropped. */
function inputChain(plan: ClusterPlan, machine: MachinePlan): Chain {
  const own = openings(plan, machine).map(
    ({ protocol, ports, from }) => `ip saddr ${nftValue(from)} ${protocol} dport ${nftValue(ports)} accept`,
  );
  return {
    name: "input",
    hook: "type filter hook input priority filter; policy drop;",
    rules: [
      'iifname "lo" accept',
      ...(machine.role === "node" ? nodeRules(plan) : []),
      "ct state established,related accept",
      // what belongs to a connection that is older than the table
      `ip saddr ${nftValue([plan.hosts.privateSubnet])} tcp flags & (syn | ack) == ack accept`,
      "icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept",
      "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
      ...(machine.role === "bastion"
        ? [`iifname ${nftString(ACCESS_CARD)} tcp dport ${sshPort(plan, machine)} accept`]
        : []),
      ...own,
      ...(machine.role === "node" ? heartbeatRules(plan, machine, "private", "dedicated") : []),
      ...(machine.role === "caller"
        ? [`ip saddr ${nftValue([plan.floatingIp.address, ...mediaAddresses(plan)])} accept`]
        : []),
      "goto refuse",
    ],
  };
}

/** What a machine admits from whom, wherever it arrives; on a node not on the public card. */
export function openings(plan: ClusterPlan, machine: MachinePlan): readonly Opening[] {
  const nodes = plan.nodes.map(({ privateAddress }) => privateAddress);
  const { database, redis, firewall } = plan;
  const opening = (
    protocol: Opening["protocol"],
    ports: readonly (number | string)[],
    from: readonly string[],
  ): Opening => ({
    protocol,
    ports: ports.map(String),
    from,
  });
  return [
    opening("tcp", [sshPort(plan, machine)], firewall.ssh),
    ...(machine.name === plan.time.server ? [opening("udp", [NTP_PORT], [plan.hosts.privateSubnet])] : []),
    ...(machine.role === "database" ? [opening("tcp", [database.port, ...(redis ? [redis.port] : [])], nodes)] : []),
    ...(machine.role === "fence" ? [opening("udp", [IPMI_PORT], nodes)] : []),
    ...firewall.allow
      .filter(({ hosts }) => hosts === undefined || hosts.includes(machine.name))
      .map(({ protocol, port, lastPort, from }) => opening(protocol, [portRange(port, lastPort)], [from])),
  ];
}

function sshPort(plan: ClusterPlan, { name }: MachinePlan): number {
  return (isExisting(plan) ? plan.hosts.machines[name]?.ssh.port : undefined) ?? 22;
}

/** The public card is a world of its own; media servers reach the floating address on any other. */
function nodeRules(plan: ClusterPlan): readonly string[] {
  const media = mediaAddresses(plan);
  const to = `ip saddr ${media.length > 0 ? nftValue(media) : ""} ip daddr ${plan.floatingIp.address}`;
  return [
    `iifname ${nftString(plan.interfaces.public)} goto public`,
    ...(media.length > 0
      ? [
          `${to} udp dport ${nftValue(udpPorts(plan))} accept`,
          ...tcpPorts(plan).map((port) => `${to} tcp dport ${port} accept`),
        ]
      : []),
  ];
}

/** SIP and media for the floating address, heartbeats of the peer, and answers. */
function publicChains(plan: ClusterPlan, machine: MachinePlan): readonly Chain[] {
  const to = `ip daddr ${plan.floatingIp.address}`;
  const tcp = tcpPorts(plan);
  const media = relayRange(plan);
  return [
    ...untracked(plan),
    sipChain(plan),
    ...(media.length > 0 ? [mediaChain(plan)] : []),
    {
      name: "public",
      rules: [
        `${to} udp dport ${plan.sip.port} goto sip`,
        ...(tcp.length > 0 ? [`${to} tcp dport ${nftValue(tcp)} goto sip`] : []),
        ...media.map((ports) => `${to} udp dport ${ports} goto media`),
        ...heartbeatRules(plan, machine, "public"),
        "ct state established,related accept",
        `${to} icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } limit rate 100/second accept`,
        "goto refuse",
      ],
    },
  ];
}

function countingSets(plan: ClusterPlan): Readonly<Record<string, string>> {
  const packets = `type ipv4_addr; ${COUNTED}; flags dynamic,timeout; timeout 1m`;
  return {
    sip_sources: packets,
    ...(relayRange(plan).length > 0 ? { media_sources: packets } : {}),
    ...(tcpPorts(plan).length > 0 ? { connections: `type ipv4_addr; ${COUNTED}; flags dynamic` } : {}),
  };
}

function sipChain(plan: ClusterPlan): Chain {
  const { sipPacketsPerSec, tcpConnections } = plan.firewall.limits;
  return {
    name: "sip",
    rules: [
      ...exempt(plan),
      limited("sip_sources", sipPacketsPerSec),
      ...(tcpPorts(plan).length > 0
        ? [
            `tcp flags & (syn | ack) == syn add @connections { ip saddr ct count over ${tcpConnections} } counter name limited drop`,
          ]
        : []),
      "accept",
    ],
  };
}

function mediaChain(plan: ClusterPlan): Chain {
  return {
    name: "media",
    rules: [...exempt(plan), limited("media_sources", plan.firewall.limits.mediaPacketsPerSec), "accept"],
  };
}

function limited(set: string, packetsPerSec: number): string {
  return `update @${set} { ip saddr limit rate over ${packetsPerSec}/second burst ${packetsPerSec} packets } counter name limited drop`;
}

function exempt(plan: ClusterPlan): readonly string[] {
  const networks = [...mediaAddresses(plan), ...plan.rateLimit.exempt];
  return networks.length > 0 ? [`ip saddr ${nftValue(networks)} accept`] : [];
}

/**
 * SIP and media over UDP need no connection tracking, so nobody can fill its table. MediaProxy forwards by it.
 */
function untracked(plan: ClusterPlan): readonly Chain[] {
  if (plan.relay === "mediaproxy") return [];
  const { address } = plan.floatingIp;
  const ports = nftValue(udpPorts(plan));
  return [
    {
      name: "untracked_in",
      hook: "type filter hook prerouting priority raw; policy accept;",
      rules: [`ip daddr ${address} udp dport ${ports} notrack`],
    },
    {
      name: "untracked_out",
      hook: "type filter hook output priority raw; policy accept;",
      rules: [`ip saddr ${address} udp sport ${ports} notrack`],
    },
  ];
}

type Network = ClusterPlan["heartbeatPaths"][number]["network"];

/** Heartbeat and the watcher, from the peer only, on each path by itself. */
function heartbeatRules(plan: ClusterPlan, machine: MachinePlan, ...networks: readonly Network[]): readonly string[] {
  const ports = nftValue([plan.heartbeatPort, WATCHER_PORT]);
  const cards = plan.heartbeatPaths.filter(({ network }) => networks.includes(network)).map((path) => path.interface);
  return pathsToPeer(plan, machine)
    .filter(({ card }) => cards.includes(card))
    .map(({ card, address }) => `iifname ${nftString(card)} ip saddr ${address} udp dport ${ports} accept`);
}

function udpPorts(plan: ClusterPlan): readonly string[] {
  return [String(plan.sip.port), ...relayRange(plan)];
}

function tcpPorts({ sip }: ClusterPlan): readonly number[] {
  return [...(sip.tcp ? [sip.port] : []), ...(sip.tls ? [sip.tls.port] : [])];
}

function relayRange({ relay, relayPorts }: ClusterPlan): readonly string[] {
  return relay === "none" ? [] : [portRange(relayPorts.min, relayPorts.max)];
}

function mediaAddresses({ mediaServers }: ClusterPlan): readonly string[] {
  return mediaServers.map(({ address }) => address);
}
