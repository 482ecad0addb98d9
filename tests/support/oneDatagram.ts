import { execa } from "execa";
import { LAB } from "./sandbox.ts";

/** The answer to one datagram, `none` when there is no answer in time. */
export interface Answer {
  readonly status: string;
  readonly text: string;
}

/**
 * Sends one datagram to the floating IP's SIP port from the caller's machine.
 *
 * @param patienceSec how long silence is looked at
 */
export async function askInOneDatagram(stack: string, datagram: Buffer | string, patienceSec: number): Promise<Answer> {
  const program = [
    "cat >/tmp/datagram",
    `exec 3<>/dev/udp/${LAB.floatingIp}/5060`,
    "cat /tmp/datagram >&3",
    `timeout ${patienceSec} dd bs=65535 count=1 <&3 2>/dev/null || true`,
  ].join("; ");
  const words = ["exec", "-i", `sip-ha-${stack}-caller`, "bash", "-c", program];
  const { stdout } = await execa("docker", words, { input: datagram });
  return { status: /^SIP\/2.0 ([1-6]\d\d)/.exec(stdout)?.[1] ?? "none", text: stdout };
}

/** A REGISTER of a phone that answers the challenge `nonce`, with a digest of zeros. */
export function registerDatagram(domain: string, callId: string, nonce?: string): string {
  const user = "nobody";
  const proof = nonce === undefined ? undefined : { nonce, response: "0".repeat(32) };
  return requestDatagram(
    { method: "REGISTER", user, uri: `sip:${domain}`, callId, ...(proof ? { proof } : {}) },
    domain,
  );
}

interface Request {
  readonly method: "REGISTER" | "INVITE";
  /** Who sends it. */
  readonly user: string;
  readonly uri: string;
  readonly callId: string;
  /** What answers a challenge; of the sender, unless somebody else is named. */
  readonly proof?: { readonly nonce: string; readonly response: string; readonly username?: string };
  /** Further header lines. */
  readonly more?: readonly string[];
}

/** A request of a user of the domain, with or without credentials. */
export function requestDatagram({ method, user, uri, callId, proof, more = [] }: Request, domain: string): string {
  const header = method === "REGISTER" ? "Authorization" : "Proxy-Authorization";
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${LAB.floatingIp}:5999;rport;branch=z9hG4bK-${callId}`,
    `From: <sip:${user}@${domain}>;tag=1`,
    `To: <${method === "REGISTER" ? `sip:${user}@${domain}` : uri}>`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    ...(proof === undefined
      ? []
      : [
          `${header}: Digest username="${proof.username ?? user}", realm="${domain}", nonce="${proof.nonce}", uri="${uri}", response="${proof.response}"`,
        ]),
    ...more,
    "Max-Forwards: 70",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}
