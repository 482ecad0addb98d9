import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { eventually, type Look } from "../../remote/eventually.ts";
import type { Sandbox } from "./sandbox.ts";

/** The stack file that comes with the machines for trial is this one's. */
export const TRIAL_STACK = "trial";

/** Where machines for trial live: networks and a port that no other lab uses. */
export interface TrialSite {
  readonly name: string;
  /** The first three octets of each network. */
  readonly privateNet: string;
  readonly publicNet: string;
  readonly outsideNet: string;
  /** TCP port of the bastion's sshd on 127.0.0.1. */
  readonly port: number;
  /** Version of Debian. */
  readonly debian: 12 | 13;
}

/** Machines that no stack has made, started by `examples/existing-hosts/machines` of a sandbox. */
export class TrialMachines {
  readonly #sandbox: Sandbox;
  readonly #site: TrialSite;

  constructor(sandbox: Sandbox, site: TrialSite) {
    this.#sandbox = sandbox;
    this.#site = site;
  }

  /** @throws ExecaError when one of them does not boot */
  async start(): Promise<void> {
    await this.#run("start");
  }

  /** Until all that were booted since can be used. */
  async wait(): Promise<void> {
    await this.#run("wait");
  }

  async stop(): Promise<void> {
    await this.#run("stop");
  }

  /** Puts the stack file of the example beside `Pulumi.yaml`, with the networks of these machines. */
  async writeStackFile(change: (text: string) => string = (text) => text): Promise<void> {
    const { directory } = this.#sandbox;
    const example = await readFile(join(directory, "examples/existing-hosts/Pulumi.trial.yaml"), "utf8");
    const own = example
      .replaceAll("10.75.0", this.#site.privateNet)
      .replaceAll("203.0.113", this.#site.publicNet)
      .replace("22075", String(this.#site.port));
    await writeFile(join(directory, `Pulumi.${TRIAL_STACK}.yaml`), change(own));
  }

  containerOf(machine: string): string {
    return `sip-ha-${this.#site.name}-${machine}`;
  }

  /** What a shell line prints on a machine. */
  async on(machine: string, line: string): Promise<string> {
    const { stdout } = await execa("docker", ["exec", this.containerOf(machine), "sh", "-c", line]);
    return stdout;
  }

  /** As when somebody boots them, at once. */
  async boot(...machines: readonly string[]): Promise<void> {
    const containers = machines.map((machine) => this.containerOf(machine));
    await execa("docker", ["restart", "-t", "10", ...containers]);
  }

  async #run(verb: "start" | "wait" | "stop"): Promise<void> {
    const { name, privateNet, publicNet, outsideNet, port, debian } = this.#site;
    await execa("examples/existing-hosts/machines", [verb], {
      cwd: this.#sandbox.directory,
      env: {
        TRIAL_NAME: name,
        TRIAL_PRIVATE: privateNet,
        TRIAL_PUBLIC: publicNet,
        TRIAL_OUTSIDE: outsideNet,
        TRIAL_PORT: String(port),
        TRIAL_DEBIAN: String(debian),
      },
    });
  }
}

/** Waits, 90 s at most, until `status` finds nothing wrong. */
export async function untilHealthy(sandbox: Sandbox): Promise<void> {
  const look = async (): Promise<Look<undefined>> => {
    const { exitCode, said } = await sandbox.sipHa("status");
    return exitCode === 0 ? { met: true, value: undefined } : { met: false, seen: said };
  };
  await eventually("both nodes are well", look, { withinMs: 90_000, everyMs: 1000 });
}
