import { z } from "zod";
import type { Connection, HostAccess } from "../components/hosts/host.ts";
import { releaseNames } from "../config/releases.ts";
import { packageSourceSchema } from "./packageSources.ts";
import type { ClusterPlan, FencingPlan, HostRole, MachinePlan, Relay, VerificationLevel } from "../config/plan.ts";

const ROLES = ["node", "database", "bastion", "router", "caller", "fence"] satisfies HostRole[];
const RELAYS = ["rtpproxy", "rtpengine", "mediaproxy", "none"] satisfies Relay[];
const LEVELS = ["off", "checks", "switchover", "power-off"] satisfies VerificationLevel[];

const loginShape = {
  host: z.string(),
  port: z.number(),
  user: z.string(),
  privateKey: z.string().exactOptional(),
  hostKey: z.string(),
};

/** {@link Connection} as programs get it on stdin. */
const connectionSchema: z.ZodType<Connection> = z.object({
  ...loginShape,
  via: z.object(loginShape).exactOptional(),
});

/** {@link HostAccess} as programs get it on stdin. */
export const hostAccessSchema: z.ZodType<HostAccess> = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  privateAddress: z.string(),
  connection: connectionSchema,
  power: z.object({ kind: z.literal("docker"), container: z.string() }).exactOptional(),
});

const machineShape = { name: z.string(), role: z.enum(ROLES), privateAddress: z.string() };
const machineSchema: z.ZodType<MachinePlan> = z.object(machineShape);
const outsideMachine = z.object({ ...machineShape, outsideAddress: z.string() });

const stringsByName = z.record(z.string(), z.string());

const fencingSchema: z.ZodType<FencingPlan> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({
    kind: z.literal("stonith"),
    plugin: z.string(),
    lab: z.boolean(),
    devices: z.record(z.string(), stringsByName),
    secret: z.string().exactOptional(),
    timeoutMs: z.number(),
    throughTarget: z.boolean(),
    packages: z.array(z.string()),
  }),
]);

const labSchema = z.object({
  kind: z.literal("lab"),
  privateSubnet: z.string(),
  publicSubnet: z.string(),
  outsideSubnet: z.string(),
  heartbeatSubnet: z.string().exactOptional(),
  sshPort: z.number(),
  router: outsideMachine,
  caller: outsideMachine,
  fence: machineSchema.exactOptional(),
});

const sshShape = { host: z.string(), port: z.number(), user: z.string(), hostKey: z.string() };

const existingSchema = z.object({
  kind: z.literal("existing"),
  privateSubnet: z.string(),
  heartbeatSubnet: z.string().exactOptional(),
  identity: z.discriminatedUnion("kind", [
    z.object({ kind: z.enum(["agent", "secret"]) }),
    z.object({ kind: z.literal("file"), file: z.string() }),
  ]),
  bastions: z.array(z.object({ name: z.string(), ...sshShape })),
  machines: z.record(
    z.string(),
    z.object({
      ssh: z.object(sshShape),
      bastion: z.string().exactOptional(),
      macs: z.object({ private: z.string().exactOptional(), public: z.string().exactOptional() }),
    }),
  ),
  caller: machineSchema.exactOptional(),
});

/** {@link ClusterPlan} as programs get it on stdin: resolved before, so only its shape is checked. */
export const planSchema: z.ZodType<ClusterPlan> = z.object({
  stack: z.string(),
  engine: z.literal("heartbeat"),
  relay: z.enum(RELAYS),
  // absent in what an earlier version of this project deployed
  concurrentCalls: z.number().default(1),
  proxy: z.enum(["kamailio", "opensips"]),
  allowRegistrationLoss: z.boolean().default(false),
  allowOutage: z.boolean().default(false),
  packageSources: z.array(packageSourceSchema).default([]),
  sip: z.object({
    domain: z.string(),
    port: z.number(),
    // absent in what an earlier version of this project deployed, as are registrar and rateLimit
    tcp: z.boolean().default(false),
    tls: z.object({ port: z.number(), certificate: z.string(), validUntil: z.string() }).exactOptional(),
  }),
  floatingIp: z.object({ address: z.string(), prefix: z.number(), gateway: z.string() }),
  timing: z.object({
    keepaliveMs: z.number(),
    warntimeMs: z.number(),
    deadtimeMs: z.number(),
    initdeadMs: z.number(),
  }),
  supervision: z.object({ restarts: z.number(), windowSec: z.number() }),
  alerts: z.object({ command: z.array(z.string()) }),
  heartbeatPort: z.number(),
  heartbeatPaths: z.array(
    z.object({
      network: z.enum(["private", "public", "dedicated"]),
      interface: z.string(),
      addresses: stringsByName,
    }),
  ),
  fencing: fencingSchema,
  relayPorts: z.object({ min: z.number(), max: z.number() }),
  mediaServers: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["asterisk", "freeswitch"]),
      address: z.string(),
      port: z.number(),
      weight: z.number(),
      priority: z.number(),
    }),
  ),
  balancing: z.object({
    algorithm: z.enum(["weight", "least-calls"]),
    users: z.array(z.string()),
    probeIntervalSec: z.number(),
    removeAfterMisses: z.number(),
    returnAfterAnswers: z.number(),
    answerWithinMs: z.number(),
  }),
  registrar: z
    .object({
      maxContacts: z.number(),
      expires: z.object({ minSec: z.number(), defaultSec: z.number(), maxSec: z.number() }),
      natPingSec: z.number(),
    })
    .default({ maxContacts: 10, expires: { minSec: 30, defaultSec: 600, maxSec: 3600 }, natPingSec: 0 }),
  rateLimit: z
    .object({ requestsPerSec: z.number(), failuresPerMin: z.number(), exempt: z.array(z.string()) })
    .default({ requestsPerSec: 10000, failuresPerMin: 10000, exempt: [] }),
  firewall: z
    .object({
      mode: z.enum(["managed", "none"]),
      ssh: z.array(z.string()),
      allow: z.array(
        z.object({
          from: z.string(),
          protocol: z.enum(["tcp", "udp"]),
          port: z.number(),
          lastPort: z.number(),
          hosts: z.array(z.string()).exactOptional(),
        }),
      ),
      limits: z.object({ sipPacketsPerSec: z.number(), mediaPacketsPerSec: z.number(), tcpConnections: z.number() }),
    })
    .default({
      mode: "none",
      ssh: [],
      allow: [],
      limits: { sipPacketsPerSec: 0, mediaPacketsPerSec: 0, tcpConnections: 0 },
    }),
  nodes: z.array(machineSchema),
  database: z.object({ machine: machineSchema, port: z.number() }),
  redis: z.object({ machine: machineSchema, port: z.number(), maxMemoryMb: z.number() }).exactOptional(),
  // absent in what an earlier version of this project deployed
  generations: z
    .object({ database: z.number().default(1), heartbeat: z.number() })
    .default({ database: 1, heartbeat: 1 }),
  bastion: machineSchema.exactOptional(),
  // absent in what an earlier version of this project deployed, as is time
  // absent in what an earlier version of this project deployed, which knew no other
  release: z.enum(releaseNames).default("bookworm"),
  interfaces: z
    .object({ private: z.string(), public: z.string(), dedicated: z.string() })
    .default({ private: "eth0", public: "eth1", dedicated: "eth2" }),
  time: z.object({ server: z.string().exactOptional(), sources: z.array(z.string()) }).default({ sources: [] }),
  hosts: z.discriminatedUnion("kind", [labSchema, existingSchema]),
  verification: z.object({ first: z.enum(LEVELS), change: z.enum(LEVELS), faults: z.boolean(), tolerance: z.number() }),
});
