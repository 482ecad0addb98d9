import type { DebianRelease } from "./releases.ts";

/**
 * The complete, plain description of one cluster: what a stack file says, with every default filled in.
 * Everything after `config/` reads only this; nothing in it is an Output or a secret, and no path of the controller but
 * those that the stack file itself names.
 */

/** What a machine does in the cluster. Only machines with role `node` carry the resource group. */
export type HostRole = "node" | "database" | "bastion" | "router" | "caller" | "fence";

/** One machine and its address on the private network. */
export interface MachinePlan {
  /** Equal to `uname -n` on the machine; a DNS label. */
  readonly name: string;
  readonly role: HostRole;
  readonly privateAddress: string;
}

/** Heartbeat's timers, in milliseconds (ha.cf(5)). */
export interface TimingPlan {
  readonly keepaliveMs: number;
  readonly warntimeMs: number;
  readonly deadtimeMs: number;
  readonly initdeadMs: number;
}

/** When a daemon that keeps failing makes the group move. */
export interface SupervisionPlan {
  /** Restarts in place before the group moves. */
  readonly restarts: number;
  /** Seconds within which they count. */
  readonly windowSec: number;
}

/** The floating IP: the only public address of the cluster. */
export interface FloatingIpPlan {
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
}

/** A network that carries heartbeats, and how each node is reached on it. */
export interface HeartbeatPathPlan {
  readonly network: "private" | "public" | "dedicated";
  readonly interface: string;
  /** By node name. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Network cards by the network that they are on. */
export interface InterfacesPlan {
  readonly private: string;
  readonly public: string;
  /** Of the heartbeat path `dedicated`. */
  readonly dedicated: string;
}

/** Whose clock the machines follow. */
export interface TimePlan {
  /** Name of the machine of the cluster that serves time to the others; absent where others do. */
  readonly server?: string;
  /** Addresses that every other machine asks. */
  readonly sources: readonly string[];
}

/** How a silent node is switched off before its group is taken over. */
export type FencingPlan =
  | { readonly kind: "none" }
  | {
      readonly kind: "stonith";
      /** Name of the plugin in cluster-glue: `external/ipmi`. */
      readonly plugin: string;
      /** True where the lab's own machine is the device. */
      readonly lab: boolean;
      /** Parameters without the secret one, by the name of the node that is switched off. */
      readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
      /** Name of the parameter whose value is a secret. */
      readonly secret?: string;
      /** Longest wait for a confirmation, in milliseconds. */
      readonly timeoutMs: number;
      /** The order goes to the node itself. */
      readonly throughTarget: boolean;
      /** Debian packages that the plugin calls. */
      readonly packages: readonly string[];
    };

/** SIP over TLS. The private key is a secret and not part of the plan. */
export interface TlsPlan {
  readonly port: number;
  /** PEM text: the certificate, then those of its issuers. */
  readonly certificate: string;
  /** When the first certificate ends, ISO 8601. */
  readonly validUntil: string;
}

/** What the proxy speaks, always on the floating IP. */
export interface SipPlan {
  /** Domain of the users and realm of digest authentication. */
  readonly domain: string;
  /** UDP port, and TCP port where `tcp` is set. */
  readonly port: number;
  readonly tcp: boolean;
  readonly tls?: TlsPlan;
}

/** Bounds of registrations. */
export interface RegistrarPlan {
  /** Contacts of one user at a time. */
  readonly maxContacts: number;
  readonly expires: { readonly minSec: number; readonly defaultSec: number; readonly maxSec: number };
  /** Seconds between two packets to a phone behind NAT; 0: none. */
  readonly natPingSec: number;
}

/** What one source address may ask for. */
export interface RateLimitPlan {
  /** Requests outside of dialogs. */
  readonly requestsPerSec: number;
  /** Wrong passwords and unknown users. */
  readonly failuresPerMin: number;
  /** CIDR of networks without limits. */
  readonly exempt: readonly string[];
}

/** Who may send what to the machines. */
export interface FirewallPlan {
  /** `none`: the machines get no table. */
  readonly mode: "managed" | "none";
  /** CIDR of the networks that SSH may come from. */
  readonly ssh: readonly string[];
  /** What is admitted beside what the cluster needs. */
  readonly allow: readonly {
    /** CIDR. */
    readonly from: string;
    readonly protocol: "tcp" | "udp";
    readonly port: number;
    readonly lastPort: number;
    /** Names of the machines that admit it; absent: every one. */
    readonly hosts?: readonly string[];
  }[];
  /** For one source address. */
  readonly limits: {
    readonly sipPacketsPerSec: number;
    readonly mediaPacketsPerSec: number;
    /** Open at the same time. */
    readonly tcpConnections: number;
  };
}

/** How much the verification does. Each level includes the ones before it. */
export type VerificationLevel = "off" | "checks" | "switchover" | "power-off";

/** The Docker lab: networks and the machines that only a lab has. */
export interface LabPlan {
  readonly kind: "lab";
  /** CIDR of the network that SSH, heartbeat and the database use. */
  readonly privateSubnet: string;
  /** CIDR of the network that the floating IP lives on. */
  readonly publicSubnet: string;
  /** CIDR of the network that callers live on, behind the router. */
  readonly outsideSubnet: string;
  /** TCP port on 127.0.0.1 of the controller that leads to the bastion's sshd. */
  readonly sshPort: number;
  /** CIDR of the network of the path `dedicated`, where there is one. */
  readonly heartbeatSubnet?: string;
  readonly router: MachinePlan & { readonly outsideAddress: string };
  readonly caller: MachinePlan & { readonly outsideAddress: string };
  /** The machine that switches nodes off and on; only with `fencing: lab`. */
  readonly fence?: MachinePlan;
}

/** Where sshd of a machine listens, and what is pinned of it. */
export interface SshPlan {
  /** Address or name, as the bastion sees it where one is used. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA...`; any other key is refused. */
  readonly hostKey: string;
}

/** How an existing machine is reached, and what is known of its network cards. */
export interface ExistingMachinePlan {
  readonly ssh: SshPlan;
  /** Name of the bastion to go through. */
  readonly bastion?: string;
  /** Hardware addresses that the cards must have, so that a card that was renamed is noticed. */
  readonly macs: { readonly private?: string; readonly public?: string };
}

/** The private key of the SSH user: the agent's, a file on the controller, or the stack's secret `sip-ha:sshKey`. */
export type IdentityPlan = { readonly kind: "agent" | "secret" } | { readonly kind: "file"; readonly file: string };

/** Machines that the stack did not make: it puts its service on them, and takes only that away again. */
export interface ExistingPlan {
  readonly kind: "existing";
  /** CIDR of the network that heartbeat, database and SSH use. */
  readonly privateSubnet: string;
  /** CIDR of the network of the path `dedicated`, where there is one. */
  readonly heartbeatSubnet?: string;
  readonly identity: IdentityPlan;
  /** Nothing is installed on them. */
  readonly bastions: readonly (SshPlan & { readonly name: string })[];
  /** By machine name. */
  readonly machines: Readonly<Record<string, ExistingMachinePlan>>;
  /** A machine outside that verifications call from. */
  readonly caller?: MachinePlan;
}

/** A media server that the proxies spread calls over; nothing is installed on it. */
export interface MediaServerPlan {
  /** A DNS label; in the lab equal to `uname -n`. */
  readonly name: string;
  readonly kind: "asterisk" | "freeswitch";
  readonly address: string;
  readonly port: number;
  /** Share of the calls among the servers of the same priority. */
  readonly weight: number;
  /** The highest first. */
  readonly priority: number;
}

/** How calls are spread over the media servers. */
export interface BalancingPlan {
  readonly algorithm: "weight" | "least-calls";
  /** User parts that are calls to media servers; digits with `*` stand for all numbers that begin so. */
  readonly users: readonly string[];
  readonly probeIntervalSec: number;
  readonly removeAfterMisses: number;
  readonly returnAfterAnswers: number;
  /** An INVITE or a probe without any answer for this long is a miss. */
  readonly answerWithinMs: number;
}

/** What forwards media on the floating IP; `none`: nothing does. */
export type Relay = "rtpproxy" | "rtpengine" | "mediaproxy" | "none";

/** Redis, where rtpengine keeps its calls. */
export interface RedisPlan {
  readonly machine: MachinePlan;
  readonly port: number;
  readonly maxMemoryMb: number;
}

/** How often secrets that the stack makes were changed, from 1. */
export interface GenerationsPlan {
  /** Passwords of the database's accounts. */
  readonly database: number;
  /** Heartbeat's key. */
  readonly heartbeat: number;
}

/** An apt repository with the key that signs it, or a directory of .deb files; as the stack file names them. */
export type PackageSourcePlan =
  | {
      readonly kind: "repository";
      readonly url: string;
      readonly suite: string;
      readonly components: readonly string[];
      /** A file relative to the project, or an ASCII-armoured key. */
      readonly signedBy: string;
    }
  | {
      readonly kind: "directory";
      /** Absolute, or relative to the project. */
      readonly directory: string;
    };

export interface ClusterPlan {
  readonly stack: string;
  readonly engine: "heartbeat";
  readonly relay: Relay;
  /** Calls at the same time that the relay has to carry. */
  readonly concurrentCalls: number;
  readonly proxy: "kamailio" | "opensips";
  /** Whether `proxy` may change on a running stack, at the price of every registration. */
  readonly allowRegistrationLoss: boolean;
  /** Whether `floatingIp` may change on a running stack, at the price of every call. */
  readonly allowOutage: boolean;
  /** Beside the controller's own, for packages that Debian does not have. */
  readonly packageSources: readonly PackageSourcePlan[];
  readonly sip: SipPlan;
  readonly floatingIp: FloatingIpPlan;
  readonly timing: TimingPlan;
  readonly supervision: SupervisionPlan;
  /** Who is told of changes of state; an address to POST to is a secret, and not here. */
  readonly alerts: {
    /** Program and arguments; empty for none. */
    readonly command: readonly string[];
  };
  /** UDP port of Heartbeat, 694 by default (IANA ha-cluster). */
  readonly heartbeatPort: number;
  /** Independent of each other; the preferred one first. */
  readonly heartbeatPaths: readonly HeartbeatPathPlan[];
  readonly fencing: FencingPlan;
  /** UDP ports that the relay hands out for media. */
  readonly relayPorts: { readonly min: number; readonly max: number };
  /** None by default. */
  readonly mediaServers: readonly MediaServerPlan[];
  /** Without a meaning where there are no media servers. */
  readonly balancing: BalancingPlan;
  readonly registrar: RegistrarPlan;
  readonly rateLimit: RateLimitPlan;
  readonly firewall: FirewallPlan;
  /** In order of preference for the first start; exactly two with Heartbeat. */
  readonly nodes: readonly MachinePlan[];
  readonly database: { readonly machine: MachinePlan; readonly port: number };
  /** With relay `rtpengine` only. */
  readonly redis?: RedisPlan;
  readonly generations: GenerationsPlan;
  /** A managed one; only the lab has it. */
  readonly bastion?: MachinePlan;
  /** What every machine of the cluster runs, and its packages are made for. */
  readonly release: DebianRelease;
  /** Names of the network cards of every node, as the kernel says. */
  readonly interfaces: InterfacesPlan;
  readonly time: TimePlan;
  readonly hosts: LabPlan | ExistingPlan;
  readonly verification: {
    readonly first: VerificationLevel;
    readonly change: VerificationLevel;
    /** Whether scenarios that break service may run. */
    readonly faults: boolean;
    /** Factor of every bound of time. */
    readonly tolerance: number;
  };
}

/** The plan of a lab. */
export type LabClusterPlan = ClusterPlan & { readonly hosts: LabPlan; readonly bastion: MachinePlan };

/** Whether the stack makes its machines itself. */
export function isLab(plan: ClusterPlan): plan is LabClusterPlan {
  return plan.hosts.kind === "lab";
}

/** The plan of a cluster on machines that the stack does not make. */
export type ExistingClusterPlan = ClusterPlan & { readonly hosts: ExistingPlan };

/** Whether the machines are there without the stack. */
export function isExisting(plan: ClusterPlan): plan is ExistingClusterPlan {
  return plan.hosts.kind === "existing";
}

/** A resource of the group, as its OCF agent is called. */
export type GroupResource = "floating-ip" | "default-route" | "proxy" | "relay";

/** The resource group in the order in which it starts. */
export function groupOf({ relay }: Pick<ClusterPlan, "relay">): readonly GroupResource[] {
  return ["floating-ip", "default-route", "proxy", ...(relay === "none" ? [] : (["relay"] as const))];
}

/** Every machine of the plan, each once. */
export function machines(plan: ClusterPlan): readonly MachinePlan[] {
  const all = [plan.bastion, ...plan.nodes, plan.database.machine, routerOf(plan), callerOf(plan), fenceOf(plan)];
  return all.filter((machine) => machine !== undefined);
}

/** Whether anything is put or asked on a machine: on each but the router, which stands for the provider's network. */
export function isManaged({ role }: { readonly role: HostRole }): boolean {
  return role !== "router";
}

/** The lab's router; nobody else's is a machine of the cluster. */
export function routerOf({ hosts }: ClusterPlan): MachinePlan | undefined {
  return hosts.kind === "lab" ? hosts.router : undefined;
}

/** The machine that verifications call from, where there is one. */
export function callerOf({ hosts }: ClusterPlan): MachinePlan | undefined {
  return hosts.caller;
}

/** The lab's machine that switches nodes off and on. */
export function fenceOf({ hosts }: ClusterPlan): MachinePlan | undefined {
  return hosts.kind === "lab" ? hosts.fence : undefined;
}
