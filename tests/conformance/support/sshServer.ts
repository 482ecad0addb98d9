import { spawn } from "node:child_process";
import { connect } from "node:net";
import ssh2 from "ssh2";

/** What a test's SSH server is like. */
export interface SshServerOptions {
  readonly port: number;
  readonly hostKey: string;
  /** The one public key that may log in. */
  readonly clientKey: string;
  /** Lets any environment variable through, as AcceptEnv * does; else none. */
  readonly acceptEnv: boolean;
}

/** A real SSH server on loopback: runs commands by /bin/sh, forwards connections. */
export async function startSshServer(options: SshServerOptions): Promise<{ stop(): void }> {
  const allowed = parsedKey(options.clientKey).getPublicSSH();
  const server = new ssh2.Server({ hostKeys: [options.hostKey] }, (connection, info) => {
    connection.on("authentication", (context) => {
      if (context.method === "publickey" && context.key.data.equals(allowed)) context.accept();
      else context.reject(["publickey"]);
    });
    connection.on("session", (accept) => {
      serveSession(accept(), options.acceptEnv, `${info.ip} ${info.port} 127.0.0.1 ${options.port}`);
    });
    connection.on("tcpip", (accept, _reject, { destIP, destPort }) => {
      const channel = accept();
      const outgoing = connect(destPort, destIP);
      channel.pipe(outgoing).pipe(channel);
      outgoing.on("error", () => channel.end());
    });
    // clients of refused log-ins hang up
    connection.on("error", () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return { stop: () => server.close() };
}

function serveSession(session: ssh2.Session, acceptEnv: boolean, connection: string): void {
  const env: NodeJS.ProcessEnv = { PATH: process.env["PATH"], SSH_CONNECTION: connection };
  session.on("env", (_accept, _reject, { key, val }) => {
    if (acceptEnv) env[key] = val;
  });
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    const child = spawn("/bin/sh", ["-c", command], { env });
    channel.pipe(child.stdin);
    child.stdin.on("error", () => undefined);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on("close", (code) => {
      channel.exit(code ?? 255);
      channel.end();
    });
  });
}

function parsedKey(key: string): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}
