import Docker from "dockerode";
import { labObjectName } from "../components/hosts/labNames.ts";
import type { DockerPower, HostAccess } from "../components/hosts/host.ts";
import { type ClusterPlan, isLab } from "../config/plan.ts";

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

export function powerSwitches(plan: ClusterPlan, hosts: readonly HostAccess[]): PowerSwitches {
  return {
    power: (node) => {
      const power = hosts.find(({ name }) => name === node)?.power;
      return power && dockerSwitch(power);
    },
    mediaPower: (name) =>
      isLab(plan) ? dockerSwitch({ kind: "docker", container: labObjectName(plan.stack, name) }) : undefined,
  };
}

function dockerSwitch(power: DockerPower): PowerSwitch {
  const container = new Docker().getContainer(power.container);
  return {
    off: async () => {
      await container.kill({ signal: "SIGKILL" });
      await container.wait({ condition: "not-running" });
      const { State } = await container.inspect();
      if (State.Running)
        throw new Error(`container ${power.container} still runs after SIGKILL; check \`docker inspect\``);
      return Date.now() / 1000;
    },
    on: async () => {
      const { State } = await container.inspect();
      if (!State.Running) await container.start();
    },
    freeze: async () => {
      await container.pause();
      return Date.now() / 1000;
    },
    thaw: async () => {
      const { State } = await container.inspect();
      if (State.Paused) await container.unpause();
    },
  };
}
