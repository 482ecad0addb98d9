import { z } from "zod";
import { about, address, label, mapping, port, subnet } from "./fields.ts";
import { releaseNames } from "./releases.ts";

const HOST_KEY = /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA[A-Za-z0-9+/]{44}$/;
const EXAMPLE_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIf9rYkSMvFYdGrXJHAFS9u0w1kDCeLiZ0bqmjWCZVql";

function hostKey() {
  return about(z.string().regex(HOST_KEY), {
    description:
      "Public host key that sshd must show; any other is refused. `npm run host-keys` collects them for comparison.",
    allowed: "an SSH host key of type ssh-ed25519, in one line without a comment",
    example: EXAMPLE_KEY,
  });
}

function host(what: string, derived: string | undefined, example: string) {
  const schema = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/);
  return about(schema, {
    description: `Address or name under which sshd of ${what} is reached.`,
    allowed: "a host name or an IPv4 address",
    ...(derived === undefined ? {} : { derived }),
    example,
  });
}

function user() {
  return about(z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/), {
    description: "The user to log in as; it needs sudo without a password.",
    allowed: "the name of a user of the machine",
    derived: "`hosts.ssh.user`",
    example: "operator",
  });
}

function mac(which: string) {
  return about(z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/), {
    description: `Hardware address that the ${which} card must have, so that a card that got another name is noticed.`,
    allowed: "six pairs of hexadecimal digits in lower case",
    derived: "none: it is not looked at",
    example: "52:54:00:12:34:56",
  }).optional();
}

function interfaceName(network: string, example: string) {
  return about(z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/), {
    description: `Name of the card on the ${network} network (\`ip link\`), the same on both nodes.`,
    allowed: "the name of a network card, at most 15 letters, digits, dots, - and _",
    example,
  });
}

const timeServers = about(z.array(address({ description: "A time server.", example: "10.0.0.5" })).max(4), {
  description:
    "NTP servers on the private network that nodes, database and caller follow by chrony. With none, the database machine serves its own clock to the others: the cluster needs one time, not the right one.",
  allowed: "a list of at most four IPv4 addresses",
  example: ["10.0.0.5", "10.0.0.6"],
}).default([]);

const identity = about(
  z.union([
    z.enum(["agent", "secret"]),
    mapping(
      {
        file: about(z.string().min(1), {
          description: "A private key on the controller, without a passphrase.",
          allowed: "a path, absolute, relative to the project or beginning with ~/",
          example: "~/.ssh/id_ed25519",
        }),
      },
      { description: "A file.", example: { file: "~/.ssh/id_ed25519" } },
    ),
  ]),
  {
    description:
      "The private key of the SSH user: `agent`, one that the agent at SSH_AUTH_SOCK holds; `secret`, the stack's secret `sip-ha:sshKey`; or a file. A key from a file or a secret is also in the state, encrypted.",
    allowed: "agent, secret or a mapping with file",
    example: "agent",
  },
).default("agent");

const ssh = mapping(
  {
    user: about(z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/), {
      description: "The user to log in as; it needs sudo without a password on every machine but the bastions.",
      allowed: "the name of a user of the machines",
      example: "operator",
    }),
    port: port(1, { description: "TCP port of sshd, where a machine has no own.", example: 2222 }).default(22),
    identity,
  },
  { description: "How the machines are logged in to.", example: { user: "operator", identity: "agent" } },
);

const bastion = mapping(
  {
    name: label({ description: "A name to refer to.", example: "jump1" }),
    host: host("the bastion", undefined, "bastion.example.net"),
    port: port(1, { description: "TCP port of its sshd.", example: 2222 }).default(22),
    user: user().optional(),
    hostKey: hostKey(),
  },
  { description: "A machine to jump through; nothing on it is changed.", example: { name: "jump1" } },
);

const bastions = about(z.array(bastion), {
  description:
    "Machines that lead to the others (`ProxyJump`). Only forwarding is used, and nothing is installed there. One jump: a bastion is reached directly.",
  allowed: "a list of bastions with name, host, hostKey",
  example: [{ name: "jump1", host: "bastion.example.net", hostKey: EXAMPLE_KEY }],
}).default([]);

/** What every machine has; `address` is its private one. */
function machineFields(name: string, address_: string) {
  return {
    name: label({ description: "Host name of the machine, equal to its `uname -n`.", example: name }),
    address: address({
      description: "Its private address, within `hosts.privateSubnet`, which it must have already.",
      example: address_,
    }),
    host: host("the machine", "`address`", "sip1.example.net").optional(),
    port: port(1, {
      description: "TCP port of its sshd.",
      derived: "`hosts.ssh.port`",
      example: 2222,
    }).optional(),
    user: user().optional(),
    hostKey: hostKey(),
    bastion: label({
      description: "Name of the bastion that leads to it.",
      derived: "the first of `hosts.bastions`, if there is one",
      example: "jump1",
    }).optional(),
  };
}

function exampleOf(name: string, own: string) {
  return { name, address: own, hostKey: EXAMPLE_KEY };
}

const node = mapping(
  {
    ...machineFields("sip1", "10.0.0.11"),
    privateMac: mac("private"),
    publicMac: mac("public"),
    heartbeatAddress: address({
      description: "Its address on the heartbeat network `dedicated`; only with that path.",
      derived: "none, required with that path",
      example: "10.0.1.11",
    }).optional(),
  },
  { description: "A machine that can carry the resource group.", example: exampleOf("sip1", "10.0.0.11") },
);

/** Machines that the stack did not make. */
export const existingSchema = mapping(
  {
    kind: about(z.literal("existing"), {
      description: "Where the machines come from: `existing` takes machines that are there.",
      allowed: "one of lab, existing",
      example: "existing",
    }),
    ssh,
    bastions,
    release: about(z.enum(releaseNames), {
      description:
        "The release of Debian that every machine but the bastions runs, which packages are fetched for: `bookworm` (12) or `trixie` (13).",
      allowed: `one of ${releaseNames.join(", ")}`,
      example: "trixie",
    }).default("bookworm"),
    privateSubnet: subnet(8, 29, {
      description: "The network of the machines' private addresses, for heartbeat and the database.",
      example: "10.0.0.0/24",
    }),
    interfaces: mapping(
      {
        private: interfaceName("private", "ens3").default("eth0"),
        public: interfaceName("public", "ens4").default("eth1"),
        heartbeat: interfaceName("dedicated heartbeat", "ens5").default("eth2"),
      },
      {
        description: "Names of the nodes' network cards.",
        example: { private: "ens3", public: "ens4" },
      },
    ).prefault({}),
    heartbeatSubnet: subnet(8, 30, {
      description: "The network of the heartbeat path `dedicated`; only with that path.",
      derived: "none",
      example: "10.0.1.0/24",
    }).optional(),
    timeServers,
    nodes: about(z.array(node), {
      description: "The machines that can carry the resource group, the preferred one for the first start first.",
      allowed: "a list of machines with name, address, hostKey; exactly 2 with engine heartbeat",
      example: [exampleOf("sip1", "10.0.0.11"), exampleOf("sip2", "10.0.0.12")],
    }),
    database: mapping(machineFields("db", "10.0.0.21"), {
      description: "The machine of the location database.",
      example: exampleOf("db", "10.0.0.21"),
    }),
    caller: mapping(machineFields("caller", "10.0.0.31"), {
      description:
        "A machine that reaches the floating IP from outside, for verifications: phones run there. Without one they stop at the checks of the hosts.",
      example: exampleOf("caller", "10.0.0.31"),
    }).optional(),
  },
  {
    description: "Machines that are there already, and how they are reached.",
    example: {
      kind: "existing",
      ssh: { user: "operator" },
      privateSubnet: "10.0.0.0/24",
      nodes: [exampleOf("sip1", "10.0.0.11"), exampleOf("sip2", "10.0.0.12")],
      database: exampleOf("db", "10.0.0.21"),
    },
  },
);

/** `hosts` of kind `existing` with the schema's defaults filled in. */
export type ExistingOptions = z.output<typeof existingSchema>;
