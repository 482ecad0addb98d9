import Docker from "dockerode";
import { z } from "zod";
import { bringBack } from "../verify/faults/power.ts";

/** On every object that a stack makes in the Docker engine; its value is the stack's name. */
const LABEL = "sip-ha.stack";

/**
 * Removes containers and networks of a stack that its state does not know: what an `up` leaves behind that was killed
 * between making an object and writing it down. The next one would stumble over their names.
 *
 * @param knownIds from the state; empty for a stack that shall have nothing left
 * @param say gets one line for each object removed
 */
export async function removeLeftovers(
  stack: string,
  knownIds: ReadonlySet<string>,
  say: (line: string) => void,
): Promise<void> {
  const docker = new Docker();
  const { containers, networks } = await labelled(docker, stack);
  const strayContainers = containers.filter(({ id }) => !knownIds.has(id));
  await Promise.all(
    strayContainers.map(async ({ id, name }) => {
      await gone(docker.getContainer(id).remove({ force: true, v: true }));
      say(`removed container ${name}, which an interrupted run left behind`);
    }),
  );
  for (const { id, name } of networks.filter((network) => !knownIds.has(network.id))) {
    await detachAll(docker, id);
    await gone(docker.getNetwork(id).remove());
    say(`removed network ${name}, which an interrupted run left behind`);
  }
}

/**
 * Switches on what is off, and lets go on what is frozen: a verification that was killed meanwhile could not do it.
 *
 * @param say gets one line for each such machine
 */
export async function powerOn(stack: string, say: (line: string) => void): Promise<void> {
  const { containers } = await labelled(new Docker(), stack);
  await Promise.all(
    containers.map(async ({ id, name }) => {
      const was = await bringBack(id);
      if (was === "frozen") say(`let ${name} go on, which was frozen`);
      if (was === "off") say(`switched on ${name}, which was off`);
    }),
  );
}

/** Whether something that the state knows is gone from the Docker engine: only a refresh makes Pulumi see that. */
export async function somethingIsGone(stack: string, knownIds: ReadonlySet<string>): Promise<boolean> {
  const { containers, networks } = await labelled(new Docker(), stack);
  const there = new Set([...containers, ...networks].map(({ id }) => id));
  return [...knownIds].some((id) => !there.has(id));
}

/** What the Docker engine still has of a stack: `container NAME`, `network NAME`, `volume NAME`. */
export async function remainingObjects(stack: string): Promise<string[]> {
  const { containers, networks, volumes } = await labelled(new Docker(), stack);
  return [
    ...containers.map(({ name }) => `container ${name}`),
    ...networks.map(({ name }) => `network ${name}`),
    ...volumes.map((name) => `volume ${name}`),
  ];
}

interface Labelled {
  readonly containers: readonly { readonly id: string; readonly name: string }[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
  readonly volumes: readonly string[];
}

async function labelled(docker: Docker, stack: string): Promise<Labelled> {
  const filters = { label: [`${LABEL}=${stack}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return {
    containers: containers.map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? Id).replace(/^\//, "") })),
    networks: networks.map(({ Id, Name }) => ({ id: Id, name: Name })),
    volumes: volumes.map(({ Name }) => Name),
  };
}

/** A network with a container on it cannot be removed; one that Pulumi knows will be given its network anew. */
async function detachAll(docker: Docker, networkId: string): Promise<void> {
  const details = attachedSchema.parse(await docker.getNetwork(networkId).inspect());
  for (const container of Object.keys(details.Containers ?? {})) {
    await gone(docker.getNetwork(networkId).disconnect({ Container: container, Force: true }));
  }
}

const attachedSchema = z.object({ Containers: z.record(z.string(), z.unknown()).nullish() });

/** Somebody else having removed it first is as good. */
async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const status = z.object({ statusCode: z.number() }).safeParse(error);
    if (status.data?.statusCode !== 404) throw error;
  }
}
