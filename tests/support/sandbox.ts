import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parseOutputs, type StackOutputs } from "../../cli/pulumi.ts";
import { projectDir } from "../../toolchain/versions.ts";

export const STACK = "test";

/** Where a lab of its own lives: a stack, and networks that no other lab uses. */
export interface LabSite {
  readonly stack: string;
  readonly floatingIp: string;
  readonly gateway: string;
  readonly privateSubnet: string;
  readonly outsideSubnet: string;
  /** Of the heartbeat path `dedicated`; default: a lab without that path. */
  readonly heartbeatSubnet?: string;
  readonly sshPort: number;
  /** Option `timing` of the stack file. */
  readonly timing: string;
  /** Option `verification` of the stack file. */
  readonly verification: string;
  /** Option `firewall` of the stack file; default: what that has. */
  readonly firewall?: string;
  /** Further options of the stack file, one a line. */
  readonly more?: readonly string[];
}

/**
 * Networks of their own, so that a running `dev` lab is not disturbed. Timers between `standard` and `conservative`:
 * and bounds of time times four: what is tried here is that everything works together; how fast it is belongs to the
 * bench, on a machine left alone.
 */
export const LAB: LabSite = {
  stack: STACK,
  floatingIp: "198.18.10.10",
  gateway: "198.18.10.1",
  privateSubnet: "10.78.0.0/24",
  outsideSubnet: "198.18.11.0/24",
  sshPort: 22078,
  timing: "{ keepaliveMs: 500, warntimeMs: 900, deadtimeMs: 1500, initdeadMs: 10000 }",
  verification: "{ tolerance: 4 }",
};

/** Where the nodes of a test lab write their alerts, one JSON object a line. */
export const ALERTS = "/run/sip-ha/alerts";

function stackFile({
  floatingIp,
  gateway,
  privateSubnet,
  outsideSubnet,
  heartbeatSubnet,
  sshPort,
  timing,
  verification,
  firewall = "{}",
  more = [],
}: LabSite): string {
  const dedicated = heartbeatSubnet === undefined ? "" : `, heartbeatSubnet: ${heartbeatSubnet}`;
  const paths = heartbeatSubnet === undefined ? [] : ["heartbeat: { paths: [private, public, dedicated] }"];
  return `config:
  sip-ha:cluster:
    sip: { domain: test.example.net }
    floatingIp: { address: ${floatingIp}, prefix: 24, gateway: ${gateway} }
    timing: ${timing}
    verification: ${verification}
    firewall: ${firewall}
    alerts: { command: [/usr/bin/tee, -a, ${ALERTS}] }
    hosts: { kind: lab, privateSubnet: ${privateSubnet}, outsideSubnet: ${outsideSubnet}, sshPort: ${sshPort}${dedicated} }
${[...paths, ...more].map((option) => `    ${option}\n`).join("")}`;
}

interface SandboxOptions {
  /** Default: the lab of the tests. */
  readonly site?: LabSite;
  /** The state directory of another sandbox, to continue its stack from a second clone. */
  readonly state?: string;
}

/** What a command of the tool said and how it ended. */
export interface Outcome {
  readonly exitCode: number | undefined;
  /** Standard output and standard error as they came. */
  readonly said: string;
}

/** A copy of the project in a directory of its own, with a state directory that no other stack shares. */
export class Sandbox {
  readonly directory: string;
  readonly state: string;
  readonly #stack: string;
  #running: { readonly pid: number | undefined; readonly ended: Promise<unknown> } | undefined;

  private constructor(directory: string, state: string, stack: string) {
    this.directory = directory;
    this.state = state;
    this.#stack = stack;
  }

  static async create({ site = LAB, state }: SandboxOptions = {}): Promise<Sandbox> {
    const root = await mkdtemp(join(tmpdir(), `sip-ha-${site.stack}-`));
    const directory = join(root, "clone");
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: projectDir,
    });
    for (const path of stdout.split("\n")) await cp(join(projectDir, path), join(directory, path), { force: true });
    // Links instead of a second download: the packages are the same.
    await execa("cp", ["-al", join(projectDir, "node_modules"), join(directory, "node_modules")]);
    await writeFile(join(directory, `Pulumi.${site.stack}.yaml`), stackFile(site));
    const sandbox = new Sandbox(directory, state ?? join(root, "state"), site.stack);
    // what an interrupted run of the tests has left of its own lab
    if (state === undefined && (await dockerObjects(site.stack)).length > 0) {
      const { exitCode } = await sandbox.sipHa("destroy");
      if (exitCode !== 0)
        throw new Error(`what an interrupted run left of stack ${site.stack} cannot be removed, see above`);
    }
    return sandbox;
  }

  /** Where verifications of the stack leave their reports. */
  get reports(): string {
    return join(this.state, "reports", this.#stack);
  }

  /** Runs a verb of the tool on the stack; what it says also goes to the terminal. */
  async sipHa(verb: string, ...words: readonly string[]): Promise<Outcome> {
    const running = this.start(verb, ...words);
    const ended = running.finally(() => (this.#running = undefined));
    this.#running = { pid: running.pid, ended };
    const result = await ended;
    return { exitCode: result.exitCode, said: result.all };
  }

  /** Interrupts the verb that {@link sipHa} waits for, with everything it started, as Ctrl-C does, and waits for its end. */
  async interrupt(): Promise<void> {
    const running = this.#running;
    if (running?.pid === undefined) return;
    process.kill(-running.pid, "SIGINT");
    await running.ended;
  }

  /** Starts a verb of the tool without waiting; its process group can be killed as a whole. */
  start(verb: string, ...words: readonly string[]) {
    return execa("node", ["bin/sip-ha.mjs", verb, ...words, "--stack", this.#stack], {
      cwd: this.directory,
      env: this.environment(),
      stdin: "ignore",
      stdout: ["pipe", "inherit"],
      stderr: ["pipe", "inherit"],
      all: true,
      reject: false,
      detached: true,
    });
  }

  /**
   * Kills a verb, with everything it started, as soon as it has said something. What it runs on the controller in a group of its
   * own ends at its next word.
   *
   * @throws Error when it ended without having said that
   */
  async killedAt(words: RegExp, verb: string, ...more: readonly string[]): Promise<void> {
    const running = this.start(verb, ...more);
    let said = "";
    const heard = new Promise<boolean>((resolve) => {
      running.all.on("data", (chunk: unknown) => {
        said += String(chunk);
        if (words.test(said)) resolve(true);
      });
      running.all.on("end", () => {
        resolve(false);
      });
    });
    if (!(await heard)) throw new Error(`it never said ${words.source}: ${said.slice(-3000)}`);
    if (running.pid !== undefined) process.kill(-running.pid, "SIGKILL");
    await running;
  }

  /** Runs a shell line in a shell that was prepared as the README says. */
  async preparedShell(line: string): Promise<Outcome> {
    const script = `eval "$(node bin/sip-ha.mjs env --stack ${STACK})" && ${line}`;
    const result = await execa("bash", ["-c", script], {
      cwd: this.directory,
      env: this.environment(),
      stdin: "ignore",
      all: true,
      reject: false,
    });
    return { exitCode: result.exitCode, said: result.all };
  }

  /** The plan and the hosts of the stack as they were deployed. */
  async outputs(): Promise<StackOutputs> {
    const words = `npx pulumi stack output --json --show-secrets -s ${this.#stack}`;
    const script = `eval "$(node bin/sip-ha.mjs env --stack ${this.#stack} 2>/dev/null)" && ${words}`;
    const { stdout } = await execa("bash", ["-c", script], { cwd: this.directory, env: this.environment() });
    const outputs = parseOutputs(JSON.parse(stdout));
    if (outputs === undefined) throw new Error(`stack ${this.#stack} has no cluster yet`);
    return outputs;
  }

  async edit(path: string, change: (text: string) => string): Promise<void> {
    const file = join(this.directory, path);
    const before = await readFile(file, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${path} changes nothing`);
    await writeFile(file, after);
  }

  async remove(): Promise<void> {
    await rm(join(this.directory, ".."), { recursive: true, force: true });
  }

  environment(): Record<string, string> {
    return { SIP_HA_STATE_DIR: this.state };
  }
}

/** Runs a command inside a machine of the test lab and answers its stdout. */
export async function inMachine(machine: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await execa("docker", ["exec", `sip-ha-${STACK}-${machine}`, ...words]);
  return stdout;
}

/** Names of everything in the Docker engine that belongs to a stack. */
export async function dockerObjects(stack = STACK): Promise<string[]> {
  const filter = ["--filter", `label=sip-ha.stack=${stack}`];
  const containers = await execa("docker", ["ps", "--all", ...filter, "--format", "{{.Names}}"]);
  const networks = await execa("docker", ["network", "ls", ...filter, "--format", "{{.Name}}"]);
  const volumes = await execa("docker", ["volume", "ls", ...filter, "--format", "{{.Name}}"]);
  return [containers, networks, volumes].flatMap(({ stdout }) => stdout.split("\n")).filter((name) => name !== "");
}
