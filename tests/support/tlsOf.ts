import { join } from "node:path";
import { execa } from "execa";
import { activeNode, DOMAIN, expectSuccess, proxySince } from "./lab.ts";
import { LiveCalls } from "./liveCalls.ts";
import { inMachine, LAB, type Sandbox } from "./sandbox.ts";

const CERTIFICATE = "certificate.pem";
const KEY = "key.pem";

/** Option `sip` of a stack file with TLS, whose certificate {@link makeCertificate} makes. */
export const SIP_WITH_TLS = `sip: { domain: ${DOMAIN}, tls: { certificate: ${CERTIFICATE}, keyFile: ${KEY} } }`;

/** Writes a new self-signed certificate with its key into the clone; answers its SHA-256 fingerprint. */
export async function makeCertificate({ directory }: Sandbox): Promise<string> {
  const certificate = join(directory, CERTIFICATE);
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60"];
  const about = ["-subj", `/CN=${DOMAIN}`, "-addext", `subjectAltName=DNS:${DOMAIN}`];
  await execa("openssl", [...request, ...about, "-keyout", join(directory, KEY), "-out", certificate]);
  const { stdout } = await execa("openssl", ["x509", "-noout", "-fingerprint", "-sha256", "-in", certificate]);
  return stdout;
}

/** The fingerprint of the certificate that a phone sees now. */
async function seenCertificate(): Promise<string> {
  const line = `openssl s_client -connect ${LAB.floatingIp}:5061 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256`;
  return inMachine("caller", "sh", "-c", line);
}

/**
 * Makes another certificate the stack's, by an `up` under calls.
 *
 * @returns what was not as it has to be, one line each
 */
export async function renewUnderCalls(sandbox: Sandbox): Promise<readonly string[]> {
  const before = await seenCertificate();
  const node = await activeNode();
  const since = await proxySince(node);
  const calls = await LiveCalls.begin(await sandbox.outputs());
  try {
    const made = await makeCertificate(sandbox);
    expectSuccess(await sandbox.sipHa("up"));
    const seen = await seenCertificate();
    const { faults } = await calls.end(node, node);
    return [
      ...(seen === made && seen !== before ? [] : [`phones see ${seen}, must see ${made}`]),
      ...((await activeNode()) === node && (await proxySince(node)) === since ? [] : ["the proxy was started anew"]),
      ...faults,
    ];
  } finally {
    await calls.remove();
  }
}
