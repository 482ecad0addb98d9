import { z } from "zod";
import { fencingSchema } from "./fencing.ts";
import { firewallSchema } from "./firewallSchema.ts";
import { heartbeatSchema } from "./heartbeatPaths.ts";
import { rateLimitSchema, registrarSchema, sipSchema } from "./edgeSchema.ts";
import { about, address, label, mapping, oneOf, port, wholeNumber, yesNo } from "./fields.ts";
import { type ExistingOptions, existingSchema } from "./existingSchema.ts";
import { type LabOptions, labSchema } from "./labSchema.ts";
import { balancingSchema, mediaServersSchema } from "./mediaSchema.ts";
import { packageSources } from "./packageSchema.ts";
import type { TimingPlan } from "./plan.ts";

/** Heartbeat's timers by profile name, in milliseconds. */
export const timingProfiles = {
  standard: { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10000 },
  fast: { keepaliveMs: 50, warntimeMs: 150, deadtimeMs: 300, initdeadMs: 10000 },
  conservative: { keepaliveMs: 1000, warntimeMs: 5000, deadtimeMs: 10000, initdeadMs: 30000 },
} as const satisfies Record<string, TimingPlan>;

const levels = ["off", "checks", "switchover", "power-off"] as const;

function profileText(name: keyof typeof timingProfiles): string {
  const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = timingProfiles[name];
  return `\`${name}\` (${[keepaliveMs, warntimeMs, deadtimeMs, initdeadMs].join(", ")} ms)`;
}

const timers = mapping(
  {
    keepaliveMs: wholeNumber(30, 10000, "milliseconds", {
      description: "Time between two heartbeats (`keepalive` of ha.cf).",
      example: 200,
    }),
    warntimeMs: wholeNumber(60, 60000, "milliseconds", {
      description: "A heartbeat later than this is logged as late (`warntime`); between keepaliveMs and deadtimeMs.",
      example: 500,
    }),
    deadtimeMs: wholeNumber(90, 120000, "milliseconds", {
      description:
        "A node silent for this long is dead and its group is taken over (`deadtime`); above twice keepaliveMs.",
      example: 1000,
    }),
    initdeadMs: wholeNumber(10000, 600000, "milliseconds", {
      description: "What deadtimeMs is right after a boot (`initdead`); at least twice deadtimeMs.",
      example: 10000,
    }),
  },
  { description: "Heartbeat's timers, each chosen.", example: timingProfiles.standard },
);

const timing = about(z.union([z.enum(["standard", "fast", "conservative"]), timers]), {
  description: [
    "How soon a silent node counts as dead. A profile (keepalive, warntime, deadtime, initdead):",
    `${profileText("standard")}, ${profileText("fast")}, ${profileText("conservative")};`,
    "or a mapping with all four timers.",
  ].join(" "),
  allowed: "standard, fast, conservative or a mapping with keepaliveMs, warntimeMs, deadtimeMs, initdeadMs",
  example: "fast",
}).default("standard");

const supervision = mapping(
  {
    restarts: wholeNumber(1, 20, "restarts", {
      description:
        "How often a crashed or hung daemon of the group is started again in place before the group moves to the other node. Three: one more than a single bad request can cost, and well under a second where a daemon cannot start at all.",
      example: 5,
    }).default(3),
    windowSec: wholeNumber(10, 3600, "seconds", {
      description:
        "Only restarts within this time count; at least five for each restart, since a hang takes up to two seconds to be found and the daemon then has to come up.",
      example: 120,
    }).default(60),
  },
  {
    description: "When a daemon that fails again and again makes the group move. Never to a node that could not serve.",
    example: { restarts: 3, windowSec: 60 },
  },
).prefault({});

const word = about(z.string().regex(/^[\x20-\x7e]+$/), {
  description: "One word of the command.",
  allowed: "printable ASCII characters in one line",
  example: "--edge",
});

const alerts = mapping(
  {
    command: about(
      z.array(word).refine(([program]) => program === undefined || program.startsWith("/")),
      {
        description:
          "A program on the nodes and its arguments, run by the node that saw a change of state, as root, with one JSON object on its standard input; it gets ten seconds. An address to POST the same to is a secret: `pulumi config set --secret sip-ha:alertUrl`.",
        allowed: "a list of words of printable ASCII characters, the first an absolute path; or empty",
        example: ["/usr/local/bin/page-me", "--edge"],
      },
    ).default([]),
  },
  {
    description:
      "Who is told when something changes: a node becomes active, its peer falls silent, a daemon fails. See docs/operations.md.",
    example: { command: ["/usr/local/bin/page-me", "--edge"] },
  },
).prefault({});

const floatingIp = mapping(
  {
    address: address({
      description: "The only public address of the cluster, on eth1 of the active node.",
      example: "198.51.100.10",
    }),
    prefix: wholeNumber(8, 29, "bits", { description: "Prefix length of the public network.", example: 24 }),
    gateway: address({
      description: "Default route of the active node, within the same network. In the lab it is the router.",
      example: "198.51.100.1",
    }),
  },
  {
    description:
      "The floating IP and the way to the internet through it. A change on a running stack is an outage, and needs allowOutage.",
    example: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
  },
);

const relayPorts = mapping(
  {
    min: port(1024, {
      description: "First UDP port for media; even, as RTP wants (RFC 3550 section 11).",
      example: 40000,
    }).default(35000),
    max: port(1024, {
      description:
        "Last UDP port for media; a call uses four, and at least 100 are needed. With rtpproxy and mediaproxy each node uses half of them, so that what is still sent to the ports of a dead node never reaches other calls.",
      example: 49999,
    }).default(36999),
  },
  { description: "UDP ports that the relay hands out for media.", example: { min: 40000, max: 49999 } },
).prefault({});

const redis = about(
  z.strictObject({
    maxMemoryMb: wholeNumber(16, 65536, "megabytes", {
      description:
        "Memory that Redis may fill with calls (`maxmemory`, without eviction); at least 8 MB and 16 KB for each of `concurrentCalls`.",
      example: 64,
    }),
    port: port(1, { description: "TCP port of Redis on the private address of its machine.", example: 6380 }).default(
      6379,
    ),
  }),
  {
    description:
      "Redis on the database machine, in which rtpengine keeps its calls, so that the next node carries on with them. Required with `relay: rtpengine`, refused with any other.",
    derived: "none, required with `relay: rtpengine`",
    allowed: "a mapping with maxMemoryMb, port",
    example: { maxMemoryMb: 64 },
  },
).optional();

const database = mapping(
  {
    endpoints: about(z.array(label({ description: "A database machine's name.", example: "db" })), {
      description: "Names of the machines that serve the location database; exactly one, and no node.",
      derived: "the name in `hosts.database`",
      allowed: "a list with the name in hosts.database",
      example: ["db"],
    }).optional(),
    port: port(1, { description: "TCP port of the database on its private address.", example: 3307 }).default(3306),
  },
  { description: "The location database.", example: { endpoints: ["db"], port: 3306 } },
).prefault({});

const generations = mapping(
  {
    database: wholeNumber(1, 100000, "generations", {
      description:
        "Passwords of the database's accounts. One more is a new account beside the old one for the proxy and for the watcher; the nodes move to them standby first, with one switchover, then the old ones are dropped. With a `databasePassword` of your own, set that first. `npm run rotate -- database` does it.",
      example: 2,
    }).default(1),
    heartbeat: wholeNumber(1, 100000, "generations", {
      description:
        "Heartbeat's key. One more is a new key: both nodes learn it, sign with it while the standby's Heartbeat is stopped for some seconds, then forget the old one. Needs no switchover; one up for each step. `npm run rotate -- heartbeat` does it.",
      example: 2,
    }).default(1),
  },
  {
    description:
      "Secrets that the stack makes, counted: one more makes the next `up` change it, with one owner throughout. It never goes down.",
    example: { database: 2, heartbeat: 2 },
  },
).prefault({});

const verification = mapping(
  {
    first: oneOf(levels, {
      description:
        "What is proven after the first deployment: nothing, the state of each host and a call, also a planned switchover, also the death of the active node.",
      example: "checks",
    }).default("power-off"),
    change: oneOf(levels, {
      description: "What is proven after a change; the same levels.",
      example: "switchover",
    }).default("checks"),
    faults: yesNo({
      description:
        "Whether scenarios that break service may run: with false, `npm run verify` refuses them by name, and no level may have one.",
      example: false,
    }).default(true),
    tolerance: wholeNumber(1, 10, "times", {
      description:
        "Factor of every bound of time, for machines that share their processors, such as runners of a pipeline; what must not happen at all stays at 0, and the report names the factor.",
      example: 2,
    }).default(1),
  },
  { description: "How much is proven on the running cluster.", example: { first: "power-off", change: "checks" } },
).prefault({});

const clusterFields = {
  engine: oneOf(["heartbeat"], {
    description: "What moves the resource group: Heartbeat 3 in haresources mode, exactly two nodes.",
    example: "heartbeat",
  }).default("heartbeat"),
  proxy: oneOf(["kamailio", "opensips"], {
    description:
      "The SIP proxy: Kamailio 5.6 from Debian, or OpenSIPS 3.6 from `packageSources`. Their tables differ: a change on a running stack loses every registration until the phones register again, and needs allowRegistrationLoss. Users are kept.",
    example: "kamailio",
  }).default("kamailio"),
  allowRegistrationLoss: about(z.boolean(), {
    description: "Allows a change of `proxy` on a running stack.",
    allowed: "true or false",
    example: true,
  }).default(false),
  allowOutage: about(z.boolean(), {
    description:
      "Allows a change of `floatingIp` on a running stack: every call ends, and phones have to find the new address. See docs/operations.md.",
    allowed: "true or false",
    example: true,
  }).default(false),
  packageSources,
  relay: oneOf(["rtpproxy", "rtpengine", "mediaproxy", "none"], {
    description:
      "The media relay on the floating IP. Only rtpengine keeps calls in Redis (`redis`), so that their sound survives the death of a node; see docs/choosing.md. `none`: phones send their sound to each other.",
    example: "rtpproxy",
  }).default("rtpproxy"),
  concurrentCalls: wholeNumber(1, 15000, "calls", {
    description: "Calls at the same time that the relay has to carry; `relayPorts` and `redis` must be large enough.",
    derived: "as many as a node's part of `relayPorts` carries, at four ports each",
    example: 200,
  }).optional(),
  sip: sipSchema,
  floatingIp,
  timing,
  supervision,
  alerts,
  heartbeatPort: port(1, {
    description: "UDP port of Heartbeat on the private network (IANA: ha-cluster 694).",
    example: 695,
  }).default(694),
  heartbeat: heartbeatSchema,
  fencing: fencingSchema,
  relayPorts,
  mediaServers: mediaServersSchema,
  balancing: balancingSchema.optional(),
  redis,
  registrar: registrarSchema,
  rateLimit: rateLimitSchema,
  firewall: firewallSchema,
  database,
  generations,
  verification,
};

const wording = {
  description: "The cluster.",
  example: {
    sip: { domain: "sip.example.net" },
    floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
  },
};

/** The stack file's key `sip-ha:cluster` by where its machines come from: every option, its default and its documentation. */
export const clusterSchemas = {
  lab: mapping({ ...clusterFields, hosts: labSchema.prefault({}) }, wording),
  existing: mapping({ ...clusterFields, hosts: existingSchema }, wording),
} as const;

/** Both together, for the reference page and for editors. */
export const documentedSchema = mapping(
  {
    ...clusterFields,
    hosts: about(z.union([labSchema, existingSchema]), {
      description: "The machines of the cluster and their networks.",
      allowed: "a mapping with kind lab or existing, and the options of that kind",
      derived: "a lab",
      example: { kind: "lab" },
    }).optional(),
  },
  wording,
);

/** `sip-ha:cluster` with the schema's defaults filled in. */
export type ClusterOptions = Omit<z.output<(typeof clusterSchemas)["lab"]>, "hosts"> & {
  readonly hosts: LabOptions | ExistingOptions;
};
