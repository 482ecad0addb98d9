import { contains, isIpv4, parseNetwork } from "../../config/addresses.ts";
import type { PreflightFault } from "../preflight/fault.ts";
import { openings } from "../../render/firewall.ts";
import { fault, type Subject } from "./rule.ts";
import { wantedPorts } from "./wantedPorts.ts";

/** Answers come back to ports from here on (ip_local_port_range). */
const FIRST_LOCAL_PORT = 32_768;
/** DHCP hears its own beside the filter; mDNS and LLMNR are no loss on a server. */
const UNMISSED = [68, 5353, 5355];
const NONE = "or write firewall: { mode: none } and see docs/security.md for what has to be open";

/** Who else filters, what the cluster's table would cut off, and whether it would lock the controller out. */
export function filterFaults(subject: Subject): readonly PreflightFault[] {
  if (subject.plan.firewall.mode === "none") return [];
  return [...otherFilters(subject), ...sshFaults(subject), ...cutOff(subject)];
}

function otherFilters({ machine, facts }: Subject): readonly PreflightFault[] {
  return fault(
    facts.filters.length > 0,
    machine,
    "no other packet filter may decide what arrives",
    facts.filters.join(", "),
    `remove it there (\`systemctl disable --now ...\`), and list what else has to be open in firewall.allow; ${NONE}`,
  );
}

function sshFaults({ plan, machine, facts: { ssh } }: Subject): readonly PreflightFault[] {
  if (ssh.from === "-") return [];
  const { firewall, hosts } = plan;
  const admitted = isIpv4(ssh.from) && firewall.ssh.some((network) => contains(parseNetwork(network), ssh.from));
  const port = String(hosts.machines[machine.name]?.ssh.port ?? 22);
  return [
    ...fault(
      !admitted,
      machine,
      `SSH must come from a network in firewall.ssh (${firewall.ssh.join(", ")})`,
      `it from ${ssh.from}`,
      `add ${isIpv4(ssh.from) ? `${ssh.from}/32` : "the IPv4 network that it comes from"} to firewall.ssh`,
    ),
    ...fault(
      ssh.port !== port,
      machine,
      `sshd must be reached at port ${port} without a translation between`,
      `it at port ${ssh.port}`,
      `let sshd listen on ${port}, or reach it in another way`,
    ),
  ];
}

/** What listens there and nobody would reach any more. */
function cutOff({ plan, machine, facts, ours }: Subject): readonly PreflightFault[] {
  const open = openings(plan, machine).flatMap(({ protocol, ports }) => ports.map((port) => ({ protocol, port })));
  const wanted = wantedPorts(plan, machine);
  const closed = facts.ports.flatMap(({ protocol, address, program }) => {
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    const own =
      (ours && OWN_PROGRAMS.has(program)) || wanted.some((one) => one.protocol === protocol && one.port === port);
    const admitted = open.some((one) => one.protocol === protocol && within(one.port, port));
    const unheard = protocol === "udp" && (port >= FIRST_LOCAL_PORT || UNMISSED.includes(port));
    return isLoopback(address) || own || admitted || unheard ? [] : [`${program} at ${protocol} ${address}`];
  });
  return fault(
    closed.length > 0,
    machine,
    "nothing may listen there that the cluster's packet filter cuts off",
    [...new Set(closed)].join(", "),
    `stop it, let it listen on 127.0.0.1, or list it in firewall.allow; ${NONE}`,
  );
}

/** What listens on a machine of the cluster, for itself or behind rules of its own. */
const OWN_PROGRAMS = new Set(
  "heartbeat python3 kamailio opensips rtpengine rtpproxy media-relay media-dispatch mariadbd redis-server chronyd ipmi_sim sipp".split(
    " ",
  ),
);

function within(range: string, port: number): boolean {
  const [first = 0, last = first] = range.split("-").map(Number);
  return port >= first && port <= last;
}

function isLoopback(address: string): boolean {
  return /^(127\.|\[::1\])/.test(address) || address.includes("%lo:");
}
