import { z } from "zod";
import { about, label, mapping, oneOf, port, subnet, wholeNumber } from "./fields.ts";

function networks(what: string, example: string) {
  return z.array(subnet(8, 32, { description: what, example })).max(50);
}

const opening = mapping(
  {
    from: subnet(8, 32, { description: "The network that may come.", example: "10.77.0.5/32" }),
    protocol: oneOf(["tcp", "udp"], { description: "Its protocol.", example: "tcp" }).default("tcp"),
    port: port(1, { description: "The port, or the first of a range.", example: 9100 }),
    lastPort: port(1, { description: "The last port of a range.", derived: "`port`", example: 9104 }).optional(),
    hosts: about(z.array(label({ description: "A machine's name.", example: "db" })).min(1), {
      description: "The machines that admit it.",
      derived: "every machine",
      allowed: "a list of names of machines",
      example: ["db"],
    }).optional(),
  },
  { description: "An exception.", example: { from: "10.77.0.5/32", port: 9100 } },
);

const limits = mapping(
  {
    sipPacketsPerSec: wholeNumber(10, 1_000_000, "packets", {
      description:
        "SIP packets that one source address may send in a second, over UDP, TCP and TLS together; as many again at once.",
      derived: "five times `rateLimit.requestsPerSec`",
      example: 10_000,
    }).optional(),
    mediaPacketsPerSec: wholeNumber(100, 10_000_000, "packets", {
      description: "Media packets that one source address may send in a second.",
      derived: "250 for each of `concurrentCalls`: all calls may come from one address",
      example: 20_000,
    }).optional(),
    tcpConnections: wholeNumber(1, 60_000, "connections", {
      description: "Connections of SIP over TCP and TLS that one source address may have open at the same time.",
      example: 2000,
    }).default(500),
  },
  {
    description:
      "What one source address may send to the floating IP; more is dropped and counted. Media servers and `rateLimit.exempt` have no limits.",
    example: { tcpConnections: 2000 },
  },
).prefault({});

/** The stack file's key `firewall`. */
export const firewallSchema = mapping(
  {
    mode: oneOf(["managed", "none"], {
      description:
        "`managed`: every machine but the bastions that were there before gets a table of its own in nftables, which drops what the cluster does not need; other tables are left alone. `none`: no table, and yours if there was one is removed; see docs/security.md for what has to be open.",
      example: "none",
    }).default("managed"),
    ssh: about(networks("A network that SSH may come from.", "10.77.0.2/32").min(1), {
      description: "Networks that SSH may come from. Never on the nodes' public card.",
      derived: "the lab's bastion; with hosts of kind existing `hosts.privateSubnet`",
      allowed: "a list of 1 to 50 networks in CIDR form",
      example: ["10.77.0.2/32"],
    }).optional(),
    allow: about(z.array(opening).max(100), {
      description:
        "What machines admit beside what the cluster needs, such as monitoring; never on the nodes' public card.",
      allowed: "a list of at most 100 mappings with from, protocol, port, lastPort, hosts",
      example: [{ from: "10.77.0.5/32", port: 9100 }],
    }).default([]),
    limits,
  },
  { description: "The packet filter of the machines.", example: { ssh: ["10.77.0.2/32"] } },
).prefault({});
