import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import ssh2, { type ClientChannel } from "ssh2";
import type { Connection, HostAccess } from "../components/hosts/host.ts";
import { HostStepError } from "./errors.ts";
import { LineSplitter } from "./lines.ts";

type Client = ssh2.Client;

/** What a command on a host answered. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; 255 when the command was ended by a signal or the connection broke. */
  readonly code: number;
}

export interface RunOptions {
  /** Secrets go here, never into the command. */
  readonly stdin?: string | Buffer | Readable;
  /** Milliseconds until the command is given up; default 120,000. */
  readonly timeoutMs?: number;
  /** Called for each line of stderr as it comes. */
  readonly onStderrLine?: (line: string) => void;
}

/** A command that runs until it is stopped, line by line. */
export interface LineStream {
  stop(): Promise<void>;
  /** Resolves with the exit status when the command ends by itself or by `stop`. */
  readonly done: Promise<number>;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const READY_TIMEOUT_MS = 10_000;
/** A dead peer is noticed after interval x count. */
const KEEPALIVE = { keepaliveInterval: 2_000, keepaliveCountMax: 3 };

/** Opens one connection through `sock` (a tunnel) or directly, with the host key pinned. */
function dial(connection: Connection, name: string, sock?: Readable): Promise<Client> {
  const client = new ssh2.Client();
  const pinned = connection.hostKey.split(" ")[1];
  let refused = false;
  return new Promise((resolve, reject) => {
    client.on("ready", () => {
      resolve(client);
    });
    client.on("error", (error) => {
      reject(refused ? changedHostKey(name) : connectError(name, connection, error));
    });
    client.connect({
      host: connection.host,
      port: connection.port,
      username: connection.user,
      ...credentials(connection),
      readyTimeout: READY_TIMEOUT_MS,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => {
        refused = key.toString("base64") !== pinned;
        return !refused;
      },
      ...KEEPALIVE,
      ...(sock ? { sock } : {}),
    });
  });
}

/** Without a key of its own a connection asks the agent, as `ssh` does. */
function credentials({ privateKey }: Connection): Pick<ssh2.ConnectConfig, "privateKey" | "agent"> {
  if (privateKey !== undefined) return { privateKey };
  const agent = process.env["SSH_AUTH_SOCK"];
  return agent === undefined ? {} : { agent };
}

function changedHostKey(name: string): HostStepError {
  return new HostStepError({
    host: name,
    step: "connect over SSH",
    said: "the host answered with another host key than the pinned one",
    fix: "find out why the key changed (another machine at this address?) before trusting it; nothing was sent",
    retry: false,
  });
}

function connectError(name: string, connection: Connection, error: Error): HostStepError {
  return new HostStepError({
    host: name,
    step: `connect over SSH to ${connection.host}:${connection.port} as ${connection.user}`,
    said: error.message,
    fix: "check that the machine is up, that sshd runs, and that the user and key are allowed; then run again",
    retry: !/authentication/i.test(error.message),
  });
}

/** The connections to bastions, one each, shared by every session that goes through them. */
export class BastionPool {
  readonly #clients = new Map<string, Promise<Client>>();

  /** A raw stream to `target` as the bastion sees it. */
  async tunnel(via: Connection, target: Connection, name: string): Promise<Readable> {
    const bastion = await this.#client(via);
    return new Promise((resolve, reject) => {
      bastion.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) => {
        if (error) reject(connectError(name, target, error));
        else resolve(channel);
      });
    });
  }

  #client(via: Connection): Promise<Client> {
    const key = `${via.user}@${via.host}:${via.port}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const client = dial(via, "bastion");
    this.#clients.set(key, client);
    client.then(
      (live) => live.on("error", () => undefined).once("close", () => this.#clients.delete(key)),
      () => this.#clients.delete(key),
    );
    return client;
  }

  async close(): Promise<void> {
    const open = await Promise.allSettled(this.#clients.values());
    for (const result of open) if (result.status === "fulfilled") result.value.end();
  }
}

/** One SSH connection to one host. */
export class Session {
  readonly host: HostAccess;
  readonly #client: Client;
  #broken: Error | undefined;

  constructor(host: HostAccess, client: Client) {
    this.host = host;
    this.#client = client;
    client.on("error", (error) => {
      this.#broken = error;
    });
    client.on("close", () => {
      this.#broken ??= new Error("connection closed");
    });
  }

  get name(): string {
    return this.host.name;
  }

  /** Whether the connection is still usable as far as is known. */
  get alive(): boolean {
    return this.#broken === undefined;
  }

  /** Runs a command and answers whatever its exit status; throws {@link HostStepError} when it cannot run or times out. */
  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    const { channel, exited } = await this.#exec(command);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      const lines = new LineSplitter(options.onStderrLine ?? (() => undefined));
      const timer = setTimeout(() => {
        channel.close();
        reject(this.#error(command, `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      channel.on("data", (chunk: Buffer) => stdout.push(chunk));
      channel.stderr.on("data", (chunk: Buffer) => {
        stderr.push(chunk);
        lines.push(chunk);
      });
      void exited.then((code) => {
        clearTimeout(timer);
        lines.end();
        resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), code });
      });
      feed(channel, options.stdin);
    });
  }

  /**
   * Runs a command that has to succeed and answers its stdout.
   * @throws HostStepError with the step, the last lines of what the command said and `fix`.
   */
  async must(step: string, command: string, options: RunOptions & { readonly fix?: string } = {}): Promise<string> {
    const result = await this.run(command, options);
    if (result.code === 0) return result.stdout;
    const said = lastLines(`${result.stderr}\n${result.stdout}`) || `exit status ${result.code}`;
    throw new HostStepError({
      host: this.name,
      step,
      said,
      fix: options.fix ?? "mend what it says and run again; a repeated run continues where this one stopped",
      retry: false,
    });
  }

  /** Starts a command whose output is read line by line until it ends or is stopped. */
  async stream(command: string, onLine: (line: string) => void): Promise<LineStream> {
    const { channel, exited } = await this.#exec(command);
    const lines = new LineSplitter(onLine);
    channel.on("data", (chunk: Buffer) => {
      lines.push(chunk);
    });
    channel.stderr.resume();
    const done = exited.then((code) => {
      lines.end();
      return code;
    });
    const stop = async (): Promise<void> => {
      channel.signal("TERM");
      channel.end();
      await Promise.race([done, delay(1_000, undefined, { ref: false })]);
      channel.close();
    };
    return { stop, done };
  }

  close(): void {
    this.#client.end();
  }

  #exec(command: string): Promise<Running> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#error(command, this.#broken.message));
        return;
      }
      this.#client.exec(command, (error, channel) => {
        if (error) reject(this.#error(command, error.message));
        else resolve({ channel, exited: exitOf(channel) });
      });
    });
  }

  #error(command: string, said: string): HostStepError {
    const fix = "check that the machine is up and reachable from the bastion; then run again";
    return new HostStepError({ host: this.name, step: `run ${command.slice(0, 80)}`, said, fix, retry: true });
  }
}

/**
 * Connects to a host, through its bastion where it has one.
 * @param patienceMs how long an unreachable host is tried again, in milliseconds; default 0. A refused key or login is final at once.
 */
export async function openSession(host: HostAccess, bastions: BastionPool, patienceMs = 0): Promise<Session> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      const { connection } = host;
      const sock = connection.via ? await bastions.tunnel(connection.via, connection, host.name) : undefined;
      return new Session(host, await dial(connection, host.name, sock));
    } catch (error) {
      const final = error instanceof HostStepError && !error.detail.retry;
      if (final || Date.now() >= until) throw error;
      await delay(250);
    }
  }
}

/** A command that was started; what it says is still to be read. */
interface Running {
  readonly channel: ClientChannel;
  /** The exit status, once both streams are read. */
  readonly exited: Promise<number>;
}

/** Called in the very callback that brings the channel: a short command's exit status is in the same packet. */
function exitOf(channel: ClientChannel): Promise<number> {
  return new Promise((resolve) => {
    let code = 255;
    channel.on("exit", (status: number | null) => (code = status ?? 255));
    channel.on("close", () => {
      resolve(code);
    });
  });
}

function feed(channel: ClientChannel, stdin: RunOptions["stdin"]): void {
  if (stdin === undefined || typeof stdin === "string" || Buffer.isBuffer(stdin)) channel.end(stdin ?? "");
  else stdin.pipe(channel);
}

const KEPT_LINES = 12;

function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-KEPT_LINES).join("\n");
}
