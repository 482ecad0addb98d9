import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import ssh2 from "ssh2";

const TIMEOUT_MS = 10_000;

/**
 * The public host key of type ssh-ed25519 that sshd shows, in the form of a stack file. Logs in nowhere.
 *
 * @param sock a tunnel to it; default: it is dialled
 * @throws Error when nobody answers, or with another type of key
 */
export function readHostKey(host: string, port: number, sock?: Readable): Promise<string> {
  const client = new ssh2.Client();
  let shown: string | undefined;
  return new Promise((resolve, reject) => {
    client.on("error", (error) => {
      if (shown === undefined) reject(error);
      else resolve(shown);
    });
    client.connect({
      host,
      port,
      username: "host-keys",
      readyTimeout: TIMEOUT_MS,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      // the key is all that is wanted: refusing it ends the connection before anybody logs in
      hostVerifier: (key: Buffer) => {
        shown = `ssh-ed25519 ${key.toString("base64")}`;
        return false;
      },
      ...(sock ? { sock } : {}),
    });
  });
}

/** A host key as `ssh-keygen -lf` shows it. */
export function fingerprint(hostKey: string): string {
  const blob = Buffer.from(hostKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
