import type { ClusterPlan, LabClusterPlan, MachinePlan, MediaServerPlan, Relay } from "../../config/plan.ts";
import type { ClusterSecrets } from "../../render/renderedFile.ts";

/** First three octets of the networks of a plan made by {@link twoNodePlan}. */
interface Networks {
  readonly prefix?: string;
  readonly publicPrefix?: string;
}

/** A complete two-node lab plan with default values, without going through a stack file. */
export function twoNodePlan({ prefix = "10.77.0", publicPrefix = "198.51.100" }: Networks = {}): LabClusterPlan {
  const machine = (name: string, role: MachinePlan["role"], last: number): MachinePlan => ({
    name,
    role,
    privateAddress: `${prefix}.${last}`,
  });
  return {
    stack: "two-node",
    engine: "heartbeat",
    proxy: "kamailio",
    allowRegistrationLoss: false,
    allowOutage: false,
    packageSources: [],
    relay: "rtpproxy",
    concurrentCalls: 250,
    sip: { domain: "sip.example.net", port: 5060, tcp: true },
    floatingIp: { address: `${publicPrefix}.10`, prefix: 24, gateway: `${publicPrefix}.1` },
    timing: { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10_000 },
    supervision: { restarts: 3, windowSec: 60 },
    alerts: { command: [] },
    heartbeatPort: 694,
    heartbeatPaths: [
      { network: "private", interface: "eth0", addresses: { sip1: `${prefix}.11`, sip2: `${prefix}.12` } },
      { network: "public", interface: "eth1", addresses: { sip1: "169.254.11.11", sip2: "169.254.11.12" } },
    ],
    fencing: { kind: "none" },
    relayPorts: { min: 35_000, max: 36_999 },
    mediaServers: [],
    balancing: {
      algorithm: "weight",
      users: ["9*"],
      probeIntervalSec: 2,
      removeAfterMisses: 2,
      returnAfterAnswers: 2,
      answerWithinMs: 1000,
    },
    registrar: { maxContacts: 10, expires: { minSec: 30, defaultSec: 600, maxSec: 3600 }, natPingSec: 25 },
    rateLimit: { requestsPerSec: 1000, failuresPerMin: 60, exempt: [] },
    firewall: {
      mode: "managed",
      ssh: [`${prefix}.2/32`],
      allow: [],
      limits: { sipPacketsPerSec: 5000, mediaPacketsPerSec: 62_500, tcpConnections: 500 },
    },
    nodes: [machine("sip1", "node", 11), machine("sip2", "node", 12)],
    database: { machine: machine("db", "database", 21), port: 3306 },
    generations: { database: 1, heartbeat: 1 },
    bastion: machine("bastion", "bastion", 2),
    release: "bookworm",
    interfaces: { private: "eth0", public: "eth1", dedicated: "eth2" },
    time: { server: "bastion", sources: [`${prefix}.2`] },
    hosts: {
      kind: "lab",
      privateSubnet: `${prefix}.0/24`,
      publicSubnet: `${publicPrefix}.0/24`,
      outsideSubnet: "198.18.0.0/24",
      sshPort: 7722,
      router: { ...machine("router", "router", 30), outsideAddress: "198.18.0.1" },
      caller: { ...machine("caller", "caller", 31), outsideAddress: "198.18.0.10" },
    },
    verification: { first: "power-off", change: "checks", faults: true, tolerance: 1 },
  };
}

/** What a plan has beside it with this relay. */
export function withRelay(plan: ClusterPlan, relay: Relay): ClusterPlan {
  const redis = { machine: plan.database.machine, port: 6379, maxMemoryMb: 64 };
  return { ...plan, relay, ...(relay === "rtpengine" ? { redis } : {}) };
}

/** A plan with two media servers, and a third that steps in for both. */
export function mediaServerPlan(): LabClusterPlan {
  const server = (number: number, weight: number, priority: number): MediaServerPlan => ({
    name: `media${number}`,
    kind: "asterisk",
    address: `10.77.0.${40 + number}`,
    port: 5060,
    weight,
    priority,
  });
  const plan = twoNodePlan();
  return {
    ...plan,
    mediaServers: [server(1, 75, 1), server(2, 25, 1), server(3, 50, 0)],
    balancing: { ...plan.balancing, algorithm: "least-calls", users: ["9*", "conference", "+49*"] },
  };
}

/** {@link twoNodePlan} with OpenSIPS, whose packages are in a directory. */
export function opensipsPlan(): ClusterPlan {
  const packageSources = [{ kind: "directory", directory: "debs" }] as const;
  return { ...twoNodePlan(), stack: "opensips", proxy: "opensips", packageSources };
}

/** Constants that stand where a stack's secrets stand. */
export const placeholderSecrets: ClusterSecrets = {
  databasePassword: "golden-database-password",
  probePassword: "golden-probe-password",
  nonceSecret: "golden-nonce-secret",
  heartbeatKey: "golden-heartbeat-key",
  redisPassword: "goldenRedisPassword",
};
