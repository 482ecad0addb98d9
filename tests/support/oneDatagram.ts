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
  const digest = `username="nobody", realm="${domain}", nonce="${nonce ?? ""}", uri="sip:${domain}"`;
  return [
    `REGISTER sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP ${LAB.floatingIp}:5999;rport;branch=z9hG4bK-${callId}`,
    `From: <sip:nobody@${domain}>;tag=1`,
    `To: <sip:nobody@${domain}>`,
    `Call-ID: ${callId}`,
    "CSeq: 1 REGISTER",
    ...(nonce === undefined ? [] : [`Authorization: Digest ${digest}, response="${"0".repeat(32)}"`]),
    "Max-Forwards: 70",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}
