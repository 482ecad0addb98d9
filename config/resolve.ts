import { hostAddress, parseNetwork } from "./addresses.ts";
import { existingInterfaces, existingMachine, existingPlan, existingTime, usualInterfaces } from "./existingPlan.ts";
import { checkExisting } from "./existingRules.ts";
import type { Fault } from "./faults.ts";
import { checkFencing, fencingPlan } from "./fencing.ts";
import { checkFirewall, firewallPlan } from "./firewall.ts";
import { checkHeartbeatPaths, heartbeatPaths } from "./heartbeatPaths.ts";
import { labMachine, labPlan, unsoundDefaults } from "./labPlan.ts";
import { hostNumbers } from "./labSchema.ts";
import { checkPackageSources, checkProxy, checkSuites } from "./packageRules.ts";
import type { ClusterPlan, MediaServerPlan, PackageSourcePlan } from "./plan.ts";
import { callsWithin } from "./relayPorts.ts";
import { checkRelay } from "./relayRules.ts";
import { RuleBook } from "./ruleBook.ts";
import { checkEdge } from "./edgeRules.ts";
import { checkEndpoints, checkPlan } from "./rules.ts";
import { checkMediaServers } from "./mediaRules.ts";
import { balancingSchema } from "./mediaSchema.ts";
import { type ClusterOptions, timingProfiles } from "./schema.ts";
import { strayedSecrets } from "./secrets.ts";
import { shape } from "./shape.ts";
import { checkTls, type Surroundings, tlsPlan } from "./tls.ts";

export type Resolution = { readonly plan: ClusterPlan } | { readonly faults: readonly Fault[] };

/** What is missing is refused by {@link checkPackageSources}. */
function packageSource(source: ClusterOptions["packageSources"][number]): PackageSourcePlan {
  const { url, suite = "", components = [], signedBy = "", directory = "" } = source;
  return url === undefined
    ? { kind: "directory", directory }
    : { kind: "repository", url, suite, components, signedBy };
}

function mediaServers({ mediaServers: given, hosts }: ClusterOptions): readonly MediaServerPlan[] {
  const network = parseNetwork(hosts.privateSubnet);
  return given.map(({ address, ...server }, index) => ({
    ...server,
    address: address ?? hostAddress(network, hostNumbers.media + index),
  }));
}

function sipPlan({ sip }: ClusterOptions, surroundings: Surroundings): ClusterPlan["sip"] {
  const { domain, port, tcp } = sip;
  const tls = tlsPlan(sip.tls, surroundings);
  return { domain, port, tcp, ...(tls ? { tls } : {}) };
}

/** Everything of the plan that depends on where the machines come from. */
type MachinesPlan = Pick<ClusterPlan, "nodes" | "bastion" | "release" | "hosts" | "interfaces" | "time"> & {
  readonly database: ClusterPlan["database"]["machine"];
};

function machinesPlan(options: ClusterOptions): MachinesPlan {
  const { hosts } = options;
  if (hosts.kind === "existing") {
    return {
      nodes: hosts.nodes.map((node) => existingMachine("node", node)),
      database: existingMachine("database", hosts.database),
      release: hosts.release,
      interfaces: existingInterfaces(hosts),
      time: existingTime(hosts),
      hosts: existingPlan(hosts),
    };
  }
  const bastion = labMachine(hosts, "bastion", hosts.bastion, hostNumbers.bastion);
  return {
    nodes: hosts.nodes.map((node, index) => labMachine(hosts, "node", node, hostNumbers.node + index)),
    database: labMachine(hosts, "database", hosts.database, hostNumbers.database),
    bastion,
    release: "bookworm",
    interfaces: usualInterfaces,
    time: { server: bastion.name, sources: [bastion.privateAddress] },
    hosts: labPlan(hosts, options),
  };
}

function planOf(options: ClusterOptions, stack: string, surroundings: Surroundings): ClusterPlan {
  const { engine, proxy, relay, floatingIp, timing, supervision, heartbeatPort, relayPorts, verification } = options;
  const { database, ...machines } = machinesPlan(options);
  const { nodes, interfaces } = machines;
  const plan = {
    stack,
    engine,
    proxy,
    allowRegistrationLoss: options.allowRegistrationLoss,
    allowOutage: options.allowOutage,
    packageSources: options.packageSources.map(packageSource),
    relay,
    concurrentCalls: options.concurrentCalls ?? callsWithin({ relay, relayPorts, nodes }),
    sip: sipPlan(options, surroundings),
    floatingIp,
    timing: typeof timing === "string" ? timingProfiles[timing] : timing,
    supervision,
    alerts: options.alerts,
    heartbeatPort,
    heartbeatPaths: heartbeatPaths(options, nodes, interfaces),
    fencing: fencingPlan(options, nodes),
    relayPorts,
    mediaServers: mediaServers(options),
    balancing: options.balancing ?? balancingSchema.parse({}),
    registrar: options.registrar,
    rateLimit: options.rateLimit,
    ...machines,
    database: { machine: database, port: options.database.port },
    ...(options.redis ? { redis: { machine: database, ...options.redis } } : {}),
    generations: options.generations,
    verification,
  };
  return { ...plan, firewall: firewallPlan(options, plan) };
}

function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** The project's directory, which Pulumi makes the working one, and the present. */
export function surroundingsOf(directory = process.cwd()): Surroundings {
  return { directory, now: new Date() };
}

/**
 * The plan that a stack file asks for, deeply frozen, or everything that is wrong with it at once.
 *
 * @param input what stands under `sip-ha:cluster`, parsed
 * @param stack the stack's name
 * @param surroundings where files lie that the stack file names, and what time it is
 */
export function resolvePlan(input: unknown, stack: string, surroundings = surroundingsOf()): Resolution {
  const { options, faults, unsound } = shape(input);
  const book = new RuleBook([...unsound, ...unsoundDefaults(options, new RuleBook(unsound))]);
  const plan = planOf(options, stack, surroundings);
  checkPlan(book, plan);
  checkRelay(book, plan);
  checkEndpoints(book, options);
  checkMediaServers(book, plan, options);
  checkExisting(book, plan, options);
  checkHeartbeatPaths(book, options);
  checkFencing(book, options);
  checkPackageSources(book, options);
  checkSuites(book, plan);
  checkProxy(book, plan);
  checkEdge(book, plan);
  checkFirewall(book, plan, options);
  checkTls(book, options, surroundings);
  const all = [...faults, ...strayedSecrets(input), ...book.faults];
  return all.length === 0 ? { plan: frozen(plan) } : { faults: all };
}
