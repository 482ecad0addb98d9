import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import Docker from "dockerode";
import { execa } from "execa";
import { z } from "zod";
import type { LabClusterPlan } from "../../config/plan.ts";

const LABEL = "sip-ha.stack";

/** The state of this machine and its Docker engine, as far as a deployment depends on it. */
export interface Facts {
  readonly version: string;
  /** Where Docker keeps images and containers. */
  readonly dataDir: string;
  /** Undefined where it is not on this machine. */
  readonly freeBytes?: number;
  /** IPv4 subnets of Docker's networks, with the stack whose label they carry. */
  readonly networks: readonly { readonly name: string; readonly subnet: string; readonly stack?: string }[];
  /** IPv4 networks that this machine reaches by a card of its own; not Docker's bridges, not the default route. */
  readonly routes: readonly { readonly target: string; readonly device: string }[];
  readonly containers: readonly { readonly name: string; readonly stack?: string }[];
  /** Who has the SSH port, unless it is this stack's bastion or nobody. */
  readonly portHolder?: string;
}

/** @throws Error when the Docker engine does not answer. */
export async function gatherFacts(plan: LabClusterPlan): Promise<Facts> {
  const docker = new Docker({ timeout: 5_000 });
  const [info, networks, containers, routes] = await Promise.all([
    docker.info().then((answer: unknown) => infoSchema.parse(answer)),
    docker.listNetworks(),
    docker.listContainers({ all: true }),
    hostRoutes(),
  ]);
  const [freeBytes, portHolder] = await Promise.all([freeSpace(info.DockerRootDir), findPortHolder(plan, containers)]);
  const bridges = networks.map((network) => bridgeName(network));
  return {
    version: info.ServerVersion,
    dataDir: info.DockerRootDir,
    networks: networks.flatMap(networkSubnets),
    routes: routes.filter(({ device }) => !bridges.includes(device)),
    containers: containers.flatMap(({ Names, Labels }) =>
      Names.map((name) => ({ name: name.replace(/^\//, ""), ...stackOf(Labels) })),
    ),
    ...(freeBytes === undefined ? {} : { freeBytes }),
    ...(portHolder === undefined ? {} : { portHolder }),
  };
}

const infoSchema = z.object({ ServerVersion: z.string(), DockerRootDir: z.string() });

function stackOf(labels: Readonly<Record<string, string>> | undefined): { stack?: string } {
  const stack = labels?.[LABEL];
  return stack === undefined ? {} : { stack };
}

function networkSubnets({ Name, IPAM, Labels }: Docker.NetworkInspectInfo): Facts["networks"] {
  const subnets = (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  return subnets
    .filter((subnet) => !subnet.includes(":"))
    .map((subnet) => ({ name: Name, subnet, ...stackOf(Labels) }));
}

/** Docker names a bridge after its network's id, unless told otherwise. */
function bridgeName({ Id, Options }: Docker.NetworkInspectInfo): string {
  return Options?.["com.docker.network.bridge.name"] ?? `br-${Id.slice(0, 12)}`;
}

const routesSchema = z.array(z.object({ dst: z.string(), dev: z.string().optional() }));

async function hostRoutes(): Promise<Facts["routes"]> {
  const { stdout } = await execa("ip", ["-4", "-j", "route"]);
  return routesSchema
    .parse(JSON.parse(stdout || "[]"))
    .filter(({ dst }) => dst !== "default")
    .map(({ dst, dev }) => ({ target: dst.includes("/") ? dst : `${dst}/32`, device: dev ?? "no card" }));
}

/** An engine elsewhere has its disk elsewhere. */
async function freeSpace(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined; // not a directory of this machine: nothing can be said
  }
}

async function findPortHolder(
  plan: LabClusterPlan,
  containers: readonly Docker.ContainerInfo[],
): Promise<string | undefined> {
  const { sshPort } = plan.hosts;
  const publisher = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === sshPort));
  if (publisher) {
    if (publisher.Labels[LABEL] === plan.stack) return undefined;
    return `container ${(publisher.Names[0] ?? publisher.Id).replace(/^\//, "")}`;
  }
  return (await isFree(sshPort)) ? undefined : "another process";
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
