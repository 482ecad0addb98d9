import { z } from "zod";
import { about, address, label, mapping, port, subnet } from "./fields.ts";

/** Host numbers in `hosts.privateSubnet` (node n: `node + n`, its BMC `bmc + n`, media server n likewise) and `hosts.outsideSubnet` when no address is given. */
export const hostNumbers = {
  bastion: 2,
  node: 11,
  database: 21,
  media: 41,
  router: 30,
  caller: 31,
  fence: 35,
  bmc: 36,
  routerOutside: 1,
  callerOutside: 10,
} as const;

function machineFields(name: string, number: number) {
  return {
    name: label({ description: "Host name of the machine, equal to its `uname -n`.", example: name }).default(name),
    address: address({
      description: "Its private address (eth0), within `hosts.privateSubnet`.",
      derived: `host ${number} of \`hosts.privateSubnet\``,
      example: `10.77.0.${number}`,
    }).optional(),
  };
}

function machine(name: string, number: number, role: string) {
  const wording = { description: `The ${role}.`, example: { name, address: `10.77.0.${number}` } };
  return mapping(machineFields(name, number), wording).prefault({});
}

function outsideMachine(name: string, number: number, outsideNumber: number, role: string) {
  const outsideAddress = address({
    description: "Its address on the outside network, within `hosts.outsideSubnet`.",
    derived: `host ${outsideNumber} of \`hosts.outsideSubnet\``,
    example: `198.18.0.${outsideNumber}`,
  }).optional();
  return mapping(
    { ...machineFields(name, number), outsideAddress },
    { description: `The ${role}.`, example: { name, outsideAddress: `198.18.0.${outsideNumber}` } },
  ).prefault({});
}

const node = mapping(
  {
    name: label({ description: "Host name of the node, equal to its `uname -n`.", example: "sip1" }),
    address: address({
      description: "Private address of the node (eth0), within `hosts.privateSubnet`.",
      derived: `host ${hostNumbers.node} of \`hosts.privateSubnet\` for the first node, the next one for the second`,
      example: "10.77.0.11",
    }).optional(),
  },
  { description: "A machine that can carry the resource group.", example: { name: "sip1", address: "10.77.0.11" } },
);

/** The Docker lab: machines and networks on the controller itself. */
export const labSchema = mapping(
  {
    kind: about(z.literal("lab"), {
      description:
        "Where the machines come from: `lab` makes them as containers of the local Docker engine; `existing` takes machines that are there, with the options that follow those of the lab.",
      allowed: "one of lab, existing",
      example: "lab",
    }).default("lab"),
    privateSubnet: subnet(16, 26, {
      description: "The lab's network for SSH, heartbeat and the database. A running stack keeps it.",
      example: "10.78.0.0/24",
    }).default("10.77.0.0/24"),
    publicSubnet: subnet(8, 29, {
      description: "The lab's network that the floating IP lives on. A running stack keeps it.",
      derived: "the network of `floatingIp.address` and `floatingIp.prefix`",
      example: "198.51.100.0/24",
    }).optional(),
    outsideSubnet: subnet(8, 28, {
      description: "The lab's network that callers live on, behind the router.",
      example: "198.19.0.0/24",
    }).default("198.18.0.0/24"),
    heartbeatSubnet: subnet(8, 28, {
      description:
        "The lab's network of the heartbeat path `dedicated`; only with that path. A running stack keeps it, or stays without.",
      derived: "none",
      example: "10.77.1.0/24",
    }).optional(),
    sshPort: port(1024, {
      description: "TCP port on 127.0.0.1 of the controller that leads to the bastion's sshd; one per lab.",
      example: 22023,
    }).default(22022),
    nodes: about(z.array(node), {
      description: "The machines that can carry the resource group, the preferred one for the first start first.",
      allowed: "a list of machines with name and address; exactly 2 with engine heartbeat",
      example: [{ name: "sip1" }, { name: "sip2" }],
    }).default([{ name: "sip1" }, { name: "sip2" }]),
    bastion: machine("bastion", hostNumbers.bastion, "bastion, the only way to the other machines"),
    database: machine("db", hostNumbers.database, "machine of the location database"),
    router: outsideMachine(
      "router",
      hostNumbers.router,
      hostNumbers.routerOutside,
      "router between the public and the outside network",
    ),
    caller: outsideMachine(
      "caller",
      hostNumbers.caller,
      hostNumbers.callerOutside,
      "machine that calls the cluster from outside",
    ),
    fence: machine("fence", hostNumbers.fence, "machine that switches nodes off and on, only with `fencing: lab`"),
  },
  { description: "The machines of the cluster and their networks.", example: { kind: "lab" } },
);

/** `hosts` of kind `lab` with the schema's defaults filled in. */
export type LabOptions = z.output<typeof labSchema>;
