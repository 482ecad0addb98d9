import { hostAddress, networkOf, parseNetwork } from "./addresses.ts";
import type { Fault } from "./faults.ts";
import { checkFencing, fencingPlan } from "./fencing.ts";
import { checkHeartbeatPaths, heartbeatPaths } from "./heartbeatPaths.ts";
import { hostNumbers } from "./labSchema.ts";
import { checkPackageSources, checkProxy } from "./packageRules.ts";
import type { ClusterPlan, LabPlan, MachinePlan, MediaServerPlan, PackageSourcePlan } from "./plan.ts";
import { callsWithin, checkRelay } from "./relayRules.ts";
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

type Machine = ClusterOptions["hosts"]["bastion"];

function machine(options: ClusterOptions, role: MachinePlan["role"], given: Machine, number: number): MachinePlan {
  const privateAddress = given.address ?? hostAddress(parseNetwork(options.hosts.privateSubnet), number);
  return { name: given.name, role, privateAddress };
}

function labPlan(options: ClusterOptions): LabPlan {
  const { hosts, floatingIp } = options;
  const outside = parseNetwork(hosts.outsideSubnet);
  const outsideMachine = (role: "router" | "caller", number: number): LabPlan["router"] => ({
    ...machine(options, role, hosts[role], hostNumbers[role]),
    outsideAddress: hosts[role].outsideAddress ?? hostAddress(outside, number),
  });
  return {
    kind: hosts.kind,
    privateSubnet: hosts.privateSubnet,
    publicSubnet: hosts.publicSubnet ?? networkOf(floatingIp.address, floatingIp.prefix).cidr,
    outsideSubnet: hosts.outsideSubnet,
    ...(hosts.heartbeatSubnet === undefined ? {} : { heartbeatSubnet: hosts.heartbeatSubnet }),
    sshPort: hosts.sshPort,
    router: outsideMachine("router", hostNumbers.routerOutside),
    caller: outsideMachine("caller", hostNumbers.callerOutside),
    ...(options.fencing === "lab" ? { fence: machine(options, "fence", hosts.fence, hostNumbers.fence) } : {}),
  };
}

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

function planOf(options: ClusterOptions, stack: string, surroundings: Surroundings): ClusterPlan {
  const { engine, proxy, relay, floatingIp, timing, supervision, heartbeatPort, relayPorts, verification, hosts } =
    options;
  const database = machine(options, "database", hosts.database, hostNumbers.database);
  const nodes = hosts.nodes.map((node, index) => machine(options, "node", node, hostNumbers.node + index));
  return {
    stack,
    engine,
    proxy,
    allowRegistrationLoss: options.allowRegistrationLoss,
    packageSources: options.packageSources.map(packageSource),
    relay,
    concurrentCalls: options.concurrentCalls ?? callsWithin(relayPorts),
    sip: sipPlan(options, surroundings),
    floatingIp,
    timing: typeof timing === "string" ? timingProfiles[timing] : timing,
    supervision,
    alerts: options.alerts,
    heartbeatPort,
    heartbeatPaths: heartbeatPaths(options, nodes),
    fencing: fencingPlan(options, nodes),
    relayPorts,
    mediaServers: mediaServers(options),
    balancing: options.balancing ?? balancingSchema.parse({}),
    registrar: options.registrar,
    rateLimit: options.rateLimit,
    nodes,
    database: { machine: database, port: options.database.port },
    ...(options.redis ? { redis: { machine: database, ...options.redis } } : {}),
    bastion: machine(options, "bastion", hosts.bastion, hostNumbers.bastion),
    hosts: labPlan(options),
    verification,
  };
}

/** Paths that got their value from options which are themselves unsound. */
function unsoundDefaults({ hosts, mediaServers }: ClusterOptions, book: RuleBook): readonly string[] {
  const machines = [
    ...mediaServers.map((given, index) => ({ path: `mediaServers[${index}]`, given })),
    ...hosts.nodes.map((given, index) => ({ path: `hosts.nodes[${index}]`, given })),
    ...(["bastion", "database", "router", "caller", "fence"] as const).map((name) => ({
      path: `hosts.${name}`,
      given: hosts[name],
    })),
  ];
  const derivations = [
    ...machines.map(({ path, given }) => ({
      path: `${path}.address`,
      given: given.address,
      from: ["hosts.privateSubnet"],
    })),
    ...(["router", "caller"] as const).map((name) => ({
      path: `hosts.${name}.outsideAddress`,
      given: hosts[name].outsideAddress,
      from: ["hosts.outsideSubnet"],
    })),
    { path: "hosts.publicSubnet", given: hosts.publicSubnet, from: ["floatingIp.address", "floatingIp.prefix"] },
  ];
  return derivations
    .filter(({ given, from }) => given === undefined && !from.every((path) => book.sound(path)))
    .map(({ path }) => path);
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
  checkHeartbeatPaths(book, options);
  checkFencing(book, options);
  checkPackageSources(book, options);
  checkProxy(book, plan);
  checkEdge(book, plan);
  checkTls(book, options, surroundings);
  const all = [...faults, ...strayedSecrets(input), ...book.faults];
  return all.length === 0 ? { plan: frozen(plan) } : { faults: all };
}
