import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { projectDir } from "../../toolchain/versions.ts";

export const STACK = "test";

/** Networks of their own, so that a running `dev` lab is not disturbed. */
export const LAB = {
  floatingIp: "198.18.10.10",
  privateSubnet: "10.78.0.0/24",
  outsideSubnet: "198.18.11.0/24",
  sshPort: 22078,
} as const;

const STACK_FILE = `config:
  sip-ha:cluster:
    sip: { domain: test.example.net }
    floatingIp: { address: ${LAB.floatingIp}, prefix: 24, gateway: 198.18.10.1 }
    hosts: { kind: lab, privateSubnet: ${LAB.privateSubnet}, outsideSubnet: ${LAB.outsideSubnet}, sshPort: ${LAB.sshPort} }
`;

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

  private constructor(directory: string, state: string) {
    this.directory = directory;
    this.state = state;
  }

  /** @param state the state directory of another sandbox, to continue its stack from a second clone. */
  static async create(state?: string): Promise<Sandbox> {
    const root = await mkdtemp(join(tmpdir(), "sip-ha-test-"));
    const directory = join(root, "clone");
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: projectDir,
    });
    for (const path of stdout.split("\n")) await cp(join(projectDir, path), join(directory, path), { force: true });
    // Links instead of a second download: the packages are the same.
    await execa("cp", ["-al", join(projectDir, "node_modules"), join(directory, "node_modules")]);
    await writeFile(join(directory, `Pulumi.${STACK}.yaml`), STACK_FILE);
    return new Sandbox(directory, state ?? join(root, "state"));
  }

  /** Runs a verb of the tool on the test stack; what it says also goes to the terminal. */
  async sipHa(verb: string, ...words: readonly string[]): Promise<Outcome> {
    const result = await this.start(verb, ...words);
    return { exitCode: result.exitCode, said: String(result.all) };
  }

  /** Starts a verb of the tool without waiting; its process group can be killed as a whole. */
  start(verb: string, ...words: readonly string[]) {
    return execa("node", ["bin/sip-ha.mjs", verb, ...words, "--stack", STACK], {
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

  /** Runs a shell line in a shell that was prepared as the README says. */
  async preparedShell(line: string): Promise<Outcome> {
    const script = `eval "$(node bin/sip-ha.mjs env)" && ${line}`;
    const result = await execa("bash", ["-c", script], {
      cwd: this.directory,
      env: this.environment(),
      stdin: "ignore",
      all: true,
      reject: false,
    });
    return { exitCode: result.exitCode, said: result.all };
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

/** Names of everything in the Docker engine that belongs to the test stack. */
export async function dockerObjects(): Promise<string[]> {
  const filter = ["--filter", `label=sip-ha.stack=${STACK}`];
  const containers = await execa("docker", ["ps", "--all", ...filter, "--format", "{{.Names}}"]);
  const networks = await execa("docker", ["network", "ls", ...filter, "--format", "{{.Name}}"]);
  const volumes = await execa("docker", ["volume", "ls", ...filter, "--format", "{{.Name}}"]);
  return [containers, networks, volumes].flatMap(({ stdout }) => stdout.split("\n")).filter((name) => name !== "");
}
