import type { ClusterPlan, HostRole } from "../config/plan.ts";
import { engineView, parseFencing, type EngineView, type HostFacts } from "./evidence/facts.ts";

/** What one check found on one host. */
export interface CheckResult {
  readonly host: string;
  readonly check: string;
  /** Undefined when it passed, else what was found and what is right. */
  readonly fault?: string;
}

interface Subject {
  readonly plan: ClusterPlan;
  readonly get: (key: string) => string;
  readonly view: EngineView | undefined;
}

interface Check {
  readonly name: string;
  readonly role: HostRole;
  /** Restricts a node's check to the active or the standby. */
  readonly when?: "active" | "standby";
  /** Whether the plan has what it looks at; default: yes. */
  readonly applies?: (plan: ClusterPlan, machine: string) => boolean;
  readonly fault: (subject: Subject) => string | undefined;
}

/** A check that one fact has one value. */
function fact(role: HostRole, name: string, key: string, want: string, when?: "active" | "standby"): Check {
  const fault = ({ get }: Subject): string | undefined =>
    get(key) === want ? undefined : `${key} is '${get(key)}', must be '${want}'`;
  return { name, role, fault, ...(when ? { when } : {}) };
}

const ACTIVE: readonly Check[] = [
  {
    name: "holds the floating IP",
    role: "node",
    when: "active",
    fault: ({ plan, get }) => {
      const want = `${plan.floatingIp.address}/${plan.floatingIp.prefix}`;
      return get("public") === want ? undefined : `public addresses are '${get("public")}', must be '${want}'`;
    },
  },
  {
    name: "default route through the gateway",
    role: "node",
    when: "active",
    fault: ({ plan, get }) =>
      get("route").startsWith(`default via ${plan.floatingIp.gateway} `)
        ? undefined
        : `default route is '${get("route")}', must go via ${plan.floatingIp.gateway}`,
  },
  fact("node", "proxy runs", "proxy", "active", "active"),
  fact("node", "proxy answers OPTIONS", "proxy_answers", "yes", "active"),
  {
    name: "every media server gets calls",
    role: "node",
    when: "active",
    applies: ({ mediaServers }) => mediaServers.length > 0,
    fault: mediaServersFault,
  },
];

/** Every media server of the plan gets calls, as the active node's proxy says. */
function mediaServersFault({ plan, get }: Subject): string | undefined {
  const known = new Map(
    get("media_servers")
      .split(",")
      .map((entry) => [entry.split(" ")[0] ?? "", entry.split(" ")[1]]),
  );
  const wrong = plan.mediaServers.filter(({ name }) => known.get(name) !== "up");
  return wrong.length === 0
    ? undefined
    : `the proxy says of ${wrong.map(({ name }) => `${name}: ${known.get(name) ?? "nothing"}`).join(", ")}; must be up`;
}

const STANDBY: readonly Check[] = [
  fact("node", "has no public address", "public", "", "standby"),
  fact("node", "has no default route", "route", "", "standby"),
  fact("node", "proxy is stopped", "proxy", "inactive", "standby"),
];

/** Of a group that has a relay. */
const RELAY: readonly Check[] = [
  fact("node", "relay runs", "relay", "active", "active"),
  fact("node", "relay answers its control protocol", "relay_answers", "yes", "active"),
  fact("node", "relay is stopped", "relay", "inactive", "standby"),
];

/** Of a relay that keeps its calls in Redis. */
const REDIS: readonly Check[] = [
  fact("database", "Redis runs", "redis", "active"),
  {
    name: "calls can be kept in Redis",
    role: "node",
    fault: ({ get }) =>
      get("relay_store").startsWith("ok: ") ? undefined : `the relay's store says '${get("relay_store")}'`,
  },
];

const EVERY_NODE: readonly Check[] = [
  fact("node", "heartbeat runs", "heartbeat", "active"),
  fact("node", "its daemons are watched", "watcher", "active"),
  {
    name: "has a settled role",
    role: "node",
    fault: ({ view, get }) =>
      view?.role === "active" || view?.role === "standby"
        ? undefined
        : `the engine says '${get("owner")}', must be active or standby`,
  },
  {
    name: "sees its peer",
    role: "node",
    fault: ({ view }) => {
      const unseen = view?.peers.filter((peer) => peer.status !== "active" && peer.status !== "up") ?? [];
      if (view === undefined || view.peers.length === 0) return "the engine names no peer";
      return unseen.length === 0 ? undefined : unseen.map((peer) => `${peer.node} is ${peer.status}`).join(", ");
    },
  },
  {
    name: "paths to its peer are up",
    role: "node",
    fault: ({ plan, view }) => {
      const down = view?.paths.filter((path) => path.status !== "up") ?? [];
      const unknown = plan.heartbeatPaths.filter((path) => !view?.paths.some(({ link }) => link === path.interface));
      const faults = [
        ...down.map((path) => `${path.link} to ${path.peer} is ${path.status}`),
        ...unknown.map((path) => `the engine does not know ${path.interface}`),
      ];
      return faults.length === 0 ? undefined : faults.join(", ");
    },
  },
  {
    name: "the fencing device of its peer works",
    role: "node",
    applies: ({ fencing }) => fencing.kind !== "none",
    fault: ({ get }) => {
      const view = parseFencing(get("fencing"));
      if (!view?.configured) return `the node says '${get("fencing")}', must name a device`;
      return view.device === "ok" ? undefined : `it is ${view.device}: ${view.said}`;
    },
  },
  fact("node", "reaches the database", "database_reachable", "yes"),
  fact("node", "reaches its peer on the private network", "peer_reachable", "yes"),
  { name: "clock follows the time server", role: "node", fault: timeFault },
];

/** The table of a machine, in the kernel as it was confirmed. */
const FIREWALL = (["node", "database", "bastion", "caller", "fence"] as const).map((role): Check => ({
  ...fact(role, "packet filter is in force", "firewall", ""),
  applies: ({ firewall }) => firewall.mode === "managed",
}));

const TABLES: Readonly<Record<ClusterPlan["proxy"], readonly string[]>> = {
  kamailio: ["location", "subscriber", "version", "dialog", "dialog_vars", "accounting"],
  opensips: ["location", "subscriber", "version", "dialog", "accounting"],
};

const OTHERS: readonly Check[] = [
  fact("database", "mariadb runs", "database", "active"),
  {
    name: "has the proxy's tables",
    role: "database",
    fault: ({ plan, get }) => {
      const missing = TABLES[plan.proxy].filter((table) => !get("tables").split(",").includes(table));
      return missing.length === 0 ? undefined : `missing: ${missing.join(", ")}; got '${get("tables")}'`;
    },
  },
  { name: "clock follows the time server", role: "database", applies: followsOthers, fault: timeFault },
  fact("bastion", "chrony runs", "chrony", "active"),
  fact("bastion", "serves time", "serving", "yes"),
  fact("fence", "the BMC of each node runs", "stopped", ""),
  fact("caller", "has sipp, tcpdump and tshark", "missing", ""),
];

/** `chronyc -c tracking`: the second field is the address of the source in use. */
function timeFault({ plan, get }: Subject): string | undefined {
  const { sources } = plan.time;
  const source = get("time").split(",")[1];
  return sources.length === 0 || sources.some((known) => known === source)
    ? undefined
    : `chrony follows '${source ?? get("time")}', must follow ${sources.join(" or ")}`;
}

/** The time server asks nobody of the cluster. */
function followsOthers({ time }: ClusterPlan, machine: string): boolean {
  return time.server !== machine;
}

/** Every check of every host, given what the hosts said. */
export function evaluateChecks(plan: ClusterPlan, hosts: readonly HostFacts[]): readonly CheckResult[] {
  return [...hosts.flatMap((host) => hostResults(plan, host)), ...clusterResults(hosts)];
}

function hostResults(plan: ClusterPlan, { machine, facts, trouble }: HostFacts): CheckResult[] {
  if (facts === undefined) return [{ host: machine.name, check: "answers over SSH", fault: trouble ?? "no answer" }];
  const view = machine.role === "node" ? engineView(facts) : undefined;
  const subject: Subject = { plan, view, get: (key) => facts.get(key) ?? "" };
  const relay = [...(plan.relay === "none" ? [] : RELAY), ...(plan.redis ? REDIS : [])];
  const applicable = [...EVERY_NODE, ...ACTIVE, ...STANDBY, ...relay, ...OTHERS, ...FIREWALL].filter(
    (check) =>
      check.role === machine.role &&
      (check.when === undefined || check.when === view?.role) &&
      (check.applies?.(plan, machine.name) ?? true),
  );
  return applicable.map((check) => result(machine.name, check.name, check.fault(subject)));
}

function clusterResults(hosts: readonly HostFacts[]): CheckResult[] {
  const nodes = hosts.filter((host) => host.machine.role === "node");
  const active = nodes.filter((host) => host.facts && engineView(host.facts)?.role === "active");
  const names = active.map((host) => host.machine.name).join(", ");
  const owner = active.length === 1 ? undefined : `active are: ${names || "none"}; must be exactly one`;
  return [result("cluster", "exactly one active node", owner), ...equalFiles(nodes)];
}

function equalFiles(nodes: readonly HostFacts[]): CheckResult[] {
  const keys = new Set(
    nodes.flatMap((node) => [...(node.facts?.keys() ?? [])].filter((key) => key.startsWith("hash:"))),
  );
  return [...keys].map((key) => {
    const hashes = new Set(nodes.flatMap((node) => node.facts?.get(key) ?? []));
    const path = key.slice("hash:".length);
    const fault = hashes.has("") ? "missing on a node" : "differs between the nodes";
    return result("cluster", `${path} is equal on all nodes`, hashes.size === 1 && !hashes.has("") ? undefined : fault);
  });
}

function result(host: string, check: string, fault: string | undefined): CheckResult {
  return { host, check, ...(fault === undefined ? {} : { fault }) };
}

/** The node that is active by its own account, when there is exactly one. */
export function activeNode(hosts: readonly HostFacts[]): string | undefined {
  const active = hosts.filter(
    ({ machine, facts }) => machine.role === "node" && facts && engineView(facts)?.role === "active",
  );
  return active.length === 1 ? active[0]?.machine.name : undefined;
}
