import { connect, type AddressInfo } from "node:net";
import ssh2, { type ServerChannel } from "ssh2";
import type { Connection, HostAccess } from "../../components/hosts/host.ts";
import { deriveSshKey } from "../../components/hosts/sshKey.ts";

const SECRET = "a secret that only tests use";
const USER = "operator";
const userKey = deriveSshKey(SECRET, "user");

/** What a command answers on a {@link SshHost}. */
export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0. */
  readonly code?: number;
}

/** How a host answers: at once, or with the channel in hand. */
export interface Behaviour {
  readonly answer?: (command: string, stdin: string) => Answer;
  /** Commands that it accepts are left to it entirely. */
  readonly take?: (command: string, channel: ServerChannel) => boolean;
}

/** A real SSH server on 127.0.0.1 whose commands are answered by the test. */
export class SshHost {
  readonly name: string;
  readonly #behaviour: Behaviour;
  readonly #server: ssh2.Server;
  readonly #live = new Set<ssh2.Connection>();
  /** How many connections there were so far. */
  accepted = 0;
  /** Ports that a client asked to be forwarded to. */
  readonly forwarded: number[] = [];

  private constructor(name: string, behaviour: Behaviour) {
    this.name = name;
    this.#behaviour = behaviour;
    this.#server = new ssh2.Server({ hostKeys: [deriveSshKey(SECRET, name).privateKey] }, (client) => {
      this.#serve(client);
    });
  }

  static async start(name: string, behaviour: Behaviour = {}): Promise<SshHost> {
    const host = new SshHost(name, behaviour);
    await new Promise<void>((resolve) => host.#server.listen(0, "127.0.0.1", resolve));
    return host;
  }

  get connections(): number {
    return this.#live.size;
  }

  connection(): Connection {
    const { port } = listening(this.#server.address());
    const hostKey = deriveSshKey(SECRET, this.name).publicKey;
    return { host: "127.0.0.1", port, user: USER, privateKey: userKey.privateKey, hostKey };
  }

  access(changes: Partial<Connection> = {}): HostAccess {
    const connection = { ...this.connection(), ...changes };
    return { name: this.name, role: "node", privateAddress: "127.0.0.1", connection };
  }

  /** Takes no new connection any more; those that there are stay. */
  shut(): void {
    this.#server.close();
  }

  /** Ends every connection; new ones come in. */
  hangUp(): void {
    for (const client of this.#live) client.end();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) =>
      this.#server.close(() => {
        resolve();
      }),
    );
  }

  #serve(client: ssh2.Connection): void {
    this.#live.add(client);
    this.accepted += 1;
    client.on("close", () => this.#live.delete(client)).on("error", () => this.#live.delete(client));
    const allowed = Buffer.from(userKey.publicKey.split(" ")[1] ?? "", "base64");
    client.on("authentication", (context) => {
      if (context.method === "publickey" && context.key.data.equals(allowed)) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        this.#exec(command, acceptExec());
      });
    });
    client.on("tcpip", (accept, reject, { destPort }) => {
      this.forwarded.push(destPort);
      const target = connect(destPort, "127.0.0.1");
      target.once("connect", () => {
        const channel = accept();
        channel.pipe(target).pipe(channel);
        target.on("error", () => {
          channel.close();
        });
      });
      target.once("error", () => {
        reject();
      });
    });
  }

  #exec(command: string, channel: ServerChannel): void {
    if (this.#behaviour.take?.(command, channel)) return;
    const stdin: Buffer[] = [];
    channel.on("data", (chunk: Buffer) => stdin.push(chunk));
    channel.on("end", () => {
      const answer = this.#behaviour.answer?.(command, Buffer.concat(stdin).toString()) ?? {};
      channel.write(answer.stdout ?? "");
      channel.stderr.write(answer.stderr ?? "");
      channel.exit(answer.code ?? 0);
      channel.end();
    });
  }
}

function listening(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address;
}
