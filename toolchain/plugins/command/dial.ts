import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import type { Endpoint, Route } from "./connection.ts";
import type { Report } from "./commandType.ts";

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;
const BACKOFF = 1.5;

/** An open connection and what must be closed with it. */
export interface Dialled {
  readonly client: ssh2.Client;
  close(): void;
}

/** Connects to the server, through its proxy if it has one; each is tried as often as its dialErrorLimit says. */
export async function dial(route: Route, report: Report): Promise<Dialled> {
  const { server, proxy } = route;
  if (proxy === undefined) {
    const client = await insist("Dial", server, report, () => connect(server));
    return { client, close: () => client.end() };
  }
  const outer = await prefixed(
    "proxy: ",
    insist("Dial proxy", proxy, report, () => connect(proxy)),
  );
  try {
    const client = await insist("Dial", server, report, async () => connect(server, await forward(outer, server)));
    return {
      client,
      close: () => {
        client.end();
        outer.end();
      },
    };
  } catch (error) {
    outer.end();
    throw error;
  }
}

async function prefixed<Result>(prefix: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${prefix}${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function insist(
  what: string,
  endpoint: Endpoint,
  report: Report,
  connectOnce: () => Promise<ssh2.Client>,
): Promise<ssh2.Client> {
  checkKeys(endpoint);
  const limit = endpoint.attempts > 0 ? endpoint.attempts : Infinity;
  let delay = FIRST_DELAY_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connectOnce();
    } catch (error) {
      report("info", `${what} ${attempt}/${limit === Infinity ? "inf" : limit} failed: retrying`, true);
      if (attempt >= limit) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`after ${attempt} failed attempts: ${reason}`, { cause: error });
      }
      await sleep(delay);
      delay = Math.min(delay * BACKOFF, MAX_DELAY_MS);
    }
  }
}

/** Keys that cannot be read are told before anything is dialled. */
function checkKeys({ privateKey, passphrase, hostKey }: Endpoint): void {
  if (privateKey !== undefined && ssh2.utils.parseKey(privateKey, passphrase) instanceof Error) {
    throw new Error("ssh: no key found");
  }
  if (hostKey !== undefined) publicKey(hostKey);
}

function publicKey(line: string): { type: string; blob: Buffer } {
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error) throw new Error("failed to parse host key: ssh: no key found");
  return { type: key.type, blob: key.getPublicSSH() };
}

async function forward(outer: ssh2.Client, server: Endpoint): Promise<ssh2.ClientChannel> {
  return await new Promise((resolve, reject) => {
    outer.forwardOut("127.0.0.1", 0, server.host, server.port, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(new Error(`dial tcp ${server.host}:${server.port}: ${error.message}`));
    });
  });
}

async function connect(endpoint: Endpoint, sock?: ssh2.ClientChannel): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  let wrongHostKey = false;
  const pinned = endpoint.hostKey === undefined ? undefined : publicKey(endpoint.hostKey);
  const settings: ssh2.ConnectConfig = {
    host: endpoint.host,
    port: endpoint.port,
    username: endpoint.user,
    readyTimeout: endpoint.dialSeconds * 1000,
    ...(endpoint.privateKey !== undefined && { privateKey: endpoint.privateKey }),
    ...(endpoint.passphrase !== undefined && { passphrase: endpoint.passphrase }),
    ...(endpoint.password !== undefined && { password: endpoint.password }),
    ...agentOf(endpoint),
    ...(sock !== undefined && { sock }),
    hostVerifier: (key: Buffer) => {
      wrongHostKey = pinned !== undefined && !pinned.blob.equals(key);
      return !wrongHostKey;
    },
  };
  return await new Promise((resolve, reject) => {
    client.once("ready", () => {
      resolve(client);
    });
    // Stays for good: a broken handshake tells twice, and a later error is seen as a closed channel by the command.
    client.on("error", (error) => {
      reject(dialError(error, endpoint, wrongHostKey));
    });
    client.connect(settings);
  });
}

/** The agent of the environment, where neither a key nor a password is given. */
function agentOf({ privateKey, password }: Endpoint): Pick<ssh2.ConnectConfig, "agent"> {
  const agent = process.env["SSH_AUTH_SOCK"];
  return agent === undefined || privateKey !== undefined || password !== undefined ? {} : { agent };
}

/** What went wrong, in the words of Go's ssh and net packages. */
function dialError(error: Error & { level?: string; code?: string }, endpoint: Endpoint, wrongHostKey: boolean): Error {
  const address = `${endpoint.host}:${endpoint.port}`;
  if (wrongHostKey) return new Error("ssh: handshake failed: ssh: host key mismatch");
  if (error.level === "client-authentication") {
    const methods = ["none"];
    if (endpoint.privateKey !== undefined) methods.push("publickey");
    if (endpoint.password !== undefined) methods.push("password");
    const text = `unable to authenticate, attempted methods [${methods.join(" ")}], no supported methods remain`;
    return new Error(`ssh: handshake failed: ssh: ${text}`);
  }
  if (error.code === "ECONNREFUSED") return new Error(`dial tcp ${address}: connect: connection refused`);
  if (error.code === "EHOSTUNREACH") return new Error(`dial tcp ${address}: connect: no route to host`);
  if (error.level === "client-timeout") return new Error(`dial tcp ${address}: i/o timeout`);
  return new Error(`dial tcp ${address}: ${error.message}`);
}
