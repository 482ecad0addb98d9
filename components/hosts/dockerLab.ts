import { existsSync } from "node:fs";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type ClusterPlan, isLab, type LabClusterPlan, type MachinePlan, machines } from "../../config/plan.ts";
import { ClusterError } from "../../config/clusterPlan.ts";
import type { Connection, Host } from "./host.ts";
import { createMediaServer } from "./labMedia.ts";
import { labObjectName, stackLabel } from "./labNames.ts";
import { dockerGateway, type LabNetwork, wiring, wiringText } from "./labNetwork.ts";
import { deriveSshKey } from "./sshKey.ts";

const TYPE = "sipha:index:DockerLab";
/** The ordinary user of every lab machine; made by the image. */
const USER = "operator";

export interface DockerLabArgs {
  /** With hosts of kind `lab`. */
  readonly plan: ClusterPlan;
  /** Name of the local image that every machine starts from. */
  readonly image: string;
  /** Name of the local image of media servers; needed only where the plan has some. */
  readonly mediaImage: string;
  /** The Docker engine's socket on this machine; only the fence machine gets it. @default /var/run/docker.sock */
  readonly engineSocket?: string;
}

type Networks = Readonly<Record<Exclude<LabNetwork, "heartbeat">, docker.Network>> & {
  readonly heartbeat?: docker.Network;
};

/** Racked Debian 12 servers for trial: containers with systemd, sshd and two network cards, on networks of their own. */
export class DockerLab extends pulumi.ComponentResource {
  /** Every machine, the bastion first. */
  readonly hosts: readonly Host[];

  constructor(name: string, args: DockerLabArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan } = args;
    if (!isLab(plan)) throw notOfALab(plan);
    super(TYPE, name, {}, opts);
    // Every SSH key and host key of the lab is derived from this one secret.
    const seed = new random.RandomPassword(`${name}-ssh-seed`, { length: 48, special: false }, { parent: this });
    const networks = createNetworks(name, plan, this);
    const make = (machine: MachinePlan): docker.Container =>
      createMachine(`${name}-${machine.name}`, { ...args, plan, machine, networks, seed: seed.result }, this);
    const bastion = make(plan.bastion);
    this.hosts = machines(plan).map((machine) => {
      const container = machine.role === "bastion" ? bastion : make(machine);
      const ready = pulumi.all([bastion.id, container.id]);
      const connection = pulumi.all([seed.result, ready]).apply(([secret]) => connect(plan, machine, secret));
      return {
        name: machine.name,
        role: machine.role,
        privateAddress: machine.privateAddress,
        connection: pulumi.secret(connection),
        power: { kind: "docker" as const, container: labObjectName(plan.stack, machine.name) },
        machine: container,
      };
    });
    for (const server of plan.mediaServers) {
      const network = networks.private.name;
      createMediaServer(`${name}-${server.name}`, { plan, server, network, image: args.mediaImage }, this);
    }
    this.registerOutputs({});
  }
}

function notOfALab({ stack, hosts }: ClusterPlan): ClusterError {
  const fix = "make its hosts by ExistingHosts, or write hosts: { kind: lab }";
  return new ClusterError(`the plan of ${stack}`, [{ path: "hosts.kind", got: hosts.kind, allowed: "be lab", fix }]);
}

function createNetworks(name: string, plan: LabClusterPlan, parent: pulumi.Resource): Networks {
  const { privateSubnet, publicSubnet, outsideSubnet, heartbeatSubnet } = plan.hosts;
  const make = (part: LabNetwork, subnet?: string): docker.Network =>
    new docker.Network(
      `${name}-${part}`,
      {
        name: labObjectName(plan.stack, part),
        driver: "bridge",
        labels: [stackLabel(plan.stack)],
        ...(subnet === undefined
          ? { options: { "com.docker.network.bridge.enable_ip_masquerade": "false" } }
          : { ipamConfigs: [{ subnet, gateway: dockerGateway(subnet) }], options: CLOSED }),
      },
      { parent },
    );
  return {
    private: make("private", privateSubnet),
    public: make("public", publicSubnet),
    outside: make("outside", outsideSubnet),
    access: make("access"),
    ...(heartbeatSubnet === undefined ? {} : { heartbeat: make("heartbeat", heartbeatSubnet) }),
  };
}

/** Neither an address of the controller on the bridge nor a way out; unlike `internal`, routed traffic passes. */
const CLOSED = {
  "com.docker.network.bridge.enable_ip_masquerade": "false",
  "com.docker.network.bridge.inhibit_ipv4": "true",
};

interface MachineArgs extends Omit<DockerLabArgs, "plan"> {
  readonly plan: LabClusterPlan;
  readonly machine: MachinePlan;
  readonly networks: Networks;
  readonly seed: pulumi.Output<string>;
}

function createMachine(name: string, args: MachineArgs, parent: pulumi.Resource): docker.Container {
  const { plan, machine } = args;
  return new docker.Container(
    name,
    {
      name: labObjectName(plan.stack, machine.name),
      hostname: machine.name,
      image: args.image,
      labels: [stackLabel(plan.stack)],
      networksAdvanced: attachments(args),
      uploads: identity(args),
      ...(machine.role === "bastion"
        ? { ports: [{ internal: 22, external: plan.hosts.sshPort, ip: "127.0.0.1" }] }
        : {}),
      // Docker turns forwarding on everywhere; only the router may carry packets from one network to another.
      sysctls: {
        "net.ipv4.ip_forward": "0",
        ...(machine.role === "router" ? ROUTER_SYSCTLS : {}),
      },
      ...SYSTEMD_CONTAINER,
      ...hostAccess(args),
    },
    // another image would make both nodes and the database anew at once: a machine keeps the system that it was installed with
    { parent, deleteBeforeReplace: true, ignoreChanges: ["image"] },
  );
}

/** A router passes nothing on that it could not answer, among it link-local addresses (RFC 3927 section 7, RFC 3704). */
const ROUTER_SYSCTLS = { "net.ipv4.ip_forward": "1", "net.ipv4.conf.all.rp_filter": "1" };

/** What systemd as PID 1 and a heartbeat with real-time priority need, short of `privileged`. */
const SYSTEMD_CONTAINER = {
  command: ["/sbin/init"],
  capabilities: { adds: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SYS_NICE"] },
  securityOpts: ["seccomp=unconfined", "apparmor=unconfined"],
  tmpfs: { "/run": "exec", "/run/lock": "", "/tmp": "exec" },
  stopSignal: "SIGRTMIN+3",
  destroyGraceSeconds: 1,
};

/** What of this machine a lab machine sees: its own control group; the fence machine also the engine that has the power. */
function hostAccess({ machine, engineSocket }: MachineArgs): Pick<docker.ContainerArgs, "volumes" | "cgroupnsMode"> {
  const { volumes, ...rest } = cgroupAccess();
  if (machine.role !== "fence") return { volumes, ...rest };
  const socket = {
    hostPath: engineSocket ?? "/var/run/docker.sock",
    containerPath: "/var/lib/sip-ha-lab/docker.sock",
  };
  return { volumes: [...volumes, socket], ...rest };
}

/** The one place that tells cgroup v1 from v2: on v2 systemd needs the host's cgroup namespace to see its own path. */
function cgroupAccess(): {
  volumes: docker.types.input.ContainerVolume[];
  cgroupnsMode?: string;
} {
  const volumes = [{ hostPath: "/sys/fs/cgroup", containerPath: "/sys/fs/cgroup" }];
  return existsSync("/sys/fs/cgroup/cgroup.controllers") ? { volumes, cgroupnsMode: "host" } : { volumes };
}

function attachments({ plan, machine, networks }: MachineArgs): docker.types.input.ContainerNetworksAdvanced[] {
  const cards = wiring(plan, machine).cards.map((card) => ({
    name: networkOf(networks, card.network).name,
    ipv4Address: card.dockerAddress,
  }));
  return machine.role === "bastion" ? [...cards, { name: networks.access.name }] : cards;
}

function networkOf(networks: Networks, name: LabNetwork): docker.Network {
  const network = networks[name];
  if (network === undefined) throw new Error(`the lab has no network ${name}, but a machine has a card on it`);
  return network;
}

function identity({ plan, machine, seed }: MachineArgs): docker.types.input.ContainerUpload[] {
  const upload = (
    file: string,
    permissions: string,
    content: pulumi.Input<string>,
  ): docker.types.input.ContainerUpload => ({
    file,
    permissions,
    content,
  });
  return [
    upload("/etc/sip-ha-lab/network", "0644", wiringText(wiring(plan, machine))),
    upload(
      "/etc/ssh/ssh_host_ed25519_key",
      "0600",
      seed.apply((secret) => hostKey(secret, machine).privateKey),
    ),
    upload(
      `/etc/ssh/authorized_keys/${USER}`,
      "0644",
      seed.apply((secret) => `${userKey(secret).publicKey}\n`),
    ),
  ];
}

function hostKey(secret: string, { name }: MachinePlan): ReturnType<typeof deriveSshKey> {
  return deriveSshKey(secret, `host ${name}`);
}

function userKey(secret: string): ReturnType<typeof deriveSshKey> {
  return deriveSshKey(secret, `user ${USER}`);
}

function connect(plan: LabClusterPlan, machine: MachinePlan, secret: string): Connection {
  const login = { user: USER, privateKey: userKey(secret).privateKey };
  const bastion = {
    ...login,
    host: "127.0.0.1",
    port: plan.hosts.sshPort,
    hostKey: hostKey(secret, plan.bastion).publicKey,
  };
  if (machine.role === "bastion") return bastion;
  return {
    ...login,
    host: machine.privateAddress,
    port: 22,
    hostKey: hostKey(secret, machine).publicKey,
    via: bastion,
  };
}
