import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { labObjectName } from "../../components/hosts/labNames.ts";
import type { DockerPower, HostAccess } from "../../components/hosts/host.ts";
import { type ClusterPlan, isLab } from "../../config/plan.ts";
import { afterwards } from "./afterwards.ts";

const EXECUTABLE = fileURLToPath(new URL("../../bin/sip-ha.mjs", import.meta.url));

/** The switch of one machine: works from outside, without the machine's help. */
export interface PowerSwitch {
  /** Cuts the power; resolves once the machine is confirmed dead, with that moment in seconds since 1970. */
  off(): Promise<number>;
  on(): Promise<void>;
  /** Stops every process of the machine where it is, as a hung kernel does; with that moment in seconds since 1970. */
  freeze(): Promise<number>;
  /** Lets a frozen machine go on; does nothing to another. */
  thaw(): Promise<void>;
}

/** Switches of the machines of a cluster, by name; undefined for one that nobody can reach from outside. */
export interface PowerSwitches {
  readonly power: (node: string) => PowerSwitch | undefined;
  readonly mediaPower: (mediaServer: string) => PowerSwitch | undefined;
}

/** A machine that is off or frozen comes back also when this process is killed. */
export function powerSwitches(plan: ClusterPlan, hosts: readonly HostAccess[]): PowerSwitches {
  const promises = new Promises();
  return {
    power: (node) => {
      const power = hosts.find(({ name }) => name === node)?.power;
      return power && dockerSwitch(power, promises);
    },
    mediaPower: (name) =>
      isLab(plan) ? dockerSwitch({ kind: "docker", container: labObjectName(plan.stack, name) }, promises) : undefined,
  };
}

/** Containers that come back when this process ends, and how that is taken back. */
class Promises {
  readonly #made = new Map<string, () => void>();

  make(container: string): void {
    if (this.#made.has(container)) return;
    this.#made.set(container, afterwards([process.execPath, EXECUTABLE, "task", "bring-back", container]));
  }

  takeBack(container: string): void {
    this.#made.get(container)?.();
    this.#made.delete(container);
  }
}

/** Gives a machine of the lab its power, and lets one go on that is frozen; answers what it was, if it needed that. */
export async function bringBack(name: string): Promise<"off" | "frozen" | undefined> {
  const container = new Docker().getContainer(name);
  const { State } = await container.inspect();
  if (State.Paused) {
    await container.unpause();
    return "frozen";
  }
  if (State.Running) return undefined;
  await container.start();
  return "off";
}

function dockerSwitch(power: DockerPower, promises: Promises): PowerSwitch {
  const container = new Docker().getContainer(power.container);
  return {
    off: async () => {
      promises.make(power.container);
      await container.kill({ signal: "SIGKILL" });
      await container.wait({ condition: "not-running" });
      const { State } = await container.inspect();
      if (State.Running)
        throw new Error(`container ${power.container} still runs after SIGKILL; check \`docker inspect\``);
      return Date.now() / 1000;
    },
    on: async () => {
      await bringBack(power.container);
      promises.takeBack(power.container);
    },
    freeze: async () => {
      promises.make(power.container);
      await container.pause();
      return Date.now() / 1000;
    },
    thaw: async () => {
      const { State } = await container.inspect();
      if (State.Paused) await container.unpause();
      promises.takeBack(power.container);
    },
  };
}
