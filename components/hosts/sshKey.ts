import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";

/** An Ed25519 key pair in the formats that sshd and ssh use. */
export interface SshKey {
  /** OpenSSH private key file, without a passphrase. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...`, without a comment. */
  readonly publicKey: string;
}

const SEED_BYTES = 32;
/** DER of a PKCS #8 Ed25519 private key up to the seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * Derives the key pair of `label` from a secret of at least 128 bits; the same secret and label give the same key.
 * HKDF-SHA256 (RFC 5869); file format: OpenSSH PROTOCOL.key.
 */
export function deriveSshKey(secret: string, label: string): SshKey {
  const seed = Buffer.from(hkdfSync("sha256", secret, "sip-ha ssh key", label, SEED_BYTES));
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicRaw = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-SEED_BYTES);
  const publicBlob = Buffer.concat([sshString("ssh-ed25519"), sshString(publicRaw)]);
  return {
    privateKey: opensshPrivateKey(seed, publicRaw, publicBlob),
    publicKey: `ssh-ed25519 ${publicBlob.toString("base64")}`,
  };
}

function opensshPrivateKey(seed: Buffer, publicRaw: Buffer, publicBlob: Buffer): string {
  // ssh-keygen fills the two check integers at random; equal ones from the seed keep the file the same each time.
  const check = Buffer.from(hkdfSync("sha256", seed, "", "check", 4));
  const unpadded = Buffer.concat([
    check,
    check,
    sshString("ssh-ed25519"),
    sshString(publicRaw),
    sshString(Buffer.concat([seed, publicRaw])),
    sshString(""),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (unpadded.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    sshString("none"),
    sshString("none"),
    sshString(""),
    Buffer.from([0, 0, 0, 1]),
    sshString(publicBlob),
    sshString(Buffer.concat([unpadded, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** RFC 4251, section 5: a length and the bytes. */
function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
