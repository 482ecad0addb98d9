import { z } from "zod";
import type { ClusterPlan, VerificationLevel } from "../config/plan.ts";
import type { HostAccess } from "../components/hosts/host.ts";

const role = z.enum(["node", "database", "bastion", "router", "caller"]);
const machine = z.object({ name: z.string(), role, privateAddress: z.string() });
const outsideMachine = machine.extend({ outsideAddress: z.string() });
const level = z.enum(["off", "checks", "switchover", "power-off"]);

const plan = z.object({
  stack: z.string(),
  engine: z.literal("heartbeat"),
  proxy: z.literal("kamailio"),
  relay: z.literal("rtpproxy"),
  sip: z.object({ domain: z.string(), port: z.number() }),
  floatingIp: z.object({ address: z.string(), prefix: z.number(), gateway: z.string() }),
  timing: z.object({
    keepaliveMs: z.number(),
    warntimeMs: z.number(),
    deadtimeMs: z.number(),
    initdeadMs: z.number(),
  }),
  heartbeatPort: z.number(),
  relayPorts: z.object({ min: z.number(), max: z.number() }),
  nodes: z.array(machine),
  database: z.object({ machine, port: z.number() }),
  bastion: machine,
  hosts: z.object({
    kind: z.literal("lab"),
    privateSubnet: z.string(),
    publicSubnet: z.string(),
    outsideSubnet: z.string(),
    sshPort: z.number(),
    router: outsideMachine,
    caller: outsideMachine,
  }),
  verification: z.object({ first: level, change: level }),
});

const endpoint = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  privateKey: z.string(),
  hostKey: z.string(),
});

const connection = endpoint.extend({ via: endpoint.optional() });

const host = z.object({
  name: z.string(),
  role,
  privateAddress: z.string(),
  connection,
  power: z.object({ kind: z.literal("docker"), container: z.string() }).optional(),
});

const input = z.object({ plan, hosts: z.array(host), level, reportDir: z.string() });

/** What one verification works on. */
export interface VerificationInput {
  readonly plan: ClusterPlan;
  readonly hosts: readonly HostAccess[];
  /** How far to go; each level includes the ones before it. */
  readonly level: VerificationLevel;
  /** Directory of the stack's reports; the run makes its own below it and points `latest` at it. */
  readonly reportDir: string;
}

/**
 * Reads the input of `task verify` from its stdin.
 *
 * @throws Error that names each wrong property; values are not repeated, because some are secret
 */
export function parseInput(text: string): VerificationInput {
  const parsed = input.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the verification's input is not usable: ${faults.join("; ")}`);
  }
  const { hosts, ...rest } = parsed.data;
  return { ...rest, hosts: hosts.map(hostAccess) };
}

/** An absent optional property is left out: that is how {@link HostAccess} writes it. */
function hostAccess(parsed: z.infer<typeof host>): HostAccess {
  const { connection, power, ...rest } = parsed;
  const { via, ...direct } = connection;
  return { ...rest, connection: via ? { ...direct, via } : direct, ...(power ? { power } : {}) };
}
