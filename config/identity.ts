import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Fault, show } from "./faults.ts";
import type { ClusterPlan, IdentityPlan } from "./plan.ts";
import type { Surroundings, TlsSecret } from "./tls.ts";

const SECRET = "sip-ha:sshKey";
const SET_KEY = `\`pulumi config set --secret ${SECRET} <FILE\``;
const FORM = "hold a private key in PEM or OpenSSH form without a passphrase";
const TAKE_OFF = "give another, take its passphrase off with `ssh-keygen -p`, or use an agent: identity: agent";

function identityOf({ hosts }: ClusterPlan): IdentityPlan | undefined {
  return hosts.kind === "existing" ? hosts.identity : undefined;
}

/** What is wrong with the private key that the stack file names as a file. */
export function identityFileFaults(plan: ClusterPlan, { directory }: Surroundings): readonly Fault[] {
  const identity = identityOf(plan);
  if (identity?.kind !== "file") return [];
  const path = "hosts.ssh.identity.file";
  const got = show(identity.file);
  const text = fileText(identity.file, directory);
  if (text === undefined) {
    return [{ path, got, allowed: "be a file that can be read on this machine", fix: "correct the path" }];
  }
  return isOpenKey(text) ? [] : [{ path, got, allowed: FORM, fix: TAKE_OFF }];
}

/**
 * What is wrong with the secret `sip-ha:sshKey`.
 *
 * @param secret how it is held: not at all, encrypted and unreadable here, or as text
 */
export function identitySecretFaults(plan: ClusterPlan, secret: TlsSecret): readonly Fault[] {
  const wanted = identityOf(plan)?.kind === "secret";
  const refuse = (got: string, allowed: string, fix: string): readonly Fault[] => [{ path: SECRET, got, allowed, fix }];
  if (!wanted) {
    if (secret === "none") return [];
    const fix = `write identity: secret, or remove it by \`pulumi config rm ${SECRET}\``;
    return refuse("a value", "be absent unless hosts.ssh.identity is secret", fix);
  }
  if (secret === "none") return refuse("nothing", "be set, since hosts.ssh.identity is secret", `set it by ${SET_KEY}`);
  if (secret === "encrypted" || isOpenKey(secret.text)) return [];
  return refuse("a value that is not shown here", FORM, `${TAKE_OFF}; set it by ${SET_KEY}`);
}

/** The key of a file; undefined where the identity is no file. */
export function identityFileText(plan: ClusterPlan, { directory }: Surroundings): string | undefined {
  const identity = identityOf(plan);
  return identity?.kind === "file" ? fileText(identity.file, directory) : undefined;
}

function fileText(given: string, directory: string): string | undefined {
  const path = given.startsWith("~/") ? join(homedir(), given.slice(2)) : resolve(directory, given);
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // refused by the caller
  }
}

/** Whether a text is a private key that nobody has to unlock. */
export function isOpenKey(text: string): boolean {
  const [, kind, body = ""] = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]+)-----END/.exec(text) ?? [];
  if (kind === undefined) return false;
  if (kind !== "OPENSSH ") return !/ENCRYPTED/.test(kind + body);
  // PROTOCOL.key of OpenSSH: a magic, then the name of the cipher
  return Buffer.from(body, "base64").subarray(15, 23).toString("latin1") === "\0\0\0\x04none";
}
