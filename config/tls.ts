import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Fault, isRecord, show, valueAt } from "./faults.ts";
import type { TlsPlan } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

/** What the resolution of a stack file looks at beside the file. */
export interface Surroundings {
  /** The directory that paths in the stack file start from. */
  readonly directory: string;
  /** Certificates are held against this moment. */
  readonly now: Date;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const CERTIFICATE = "sip.tls.certificate";
const SET_KEY = "`pulumi config set --secret sip-ha:tlsKey <key.pem`";

/** The text of a PEM file, or the text itself; undefined when there is no such file. */
export function pemText(given: string, { directory }: Surroundings): string | undefined {
  if (given.includes("-----BEGIN ")) return given;
  try {
    return readFileSync(resolve(directory, given), "utf8");
  } catch {
    return undefined; // refused by the caller, at its path
  }
}

function certificateOf(text: string | undefined): X509Certificate | undefined {
  const [first] = text?.match(PEM) ?? [];
  if (first === undefined) return undefined;
  try {
    return new X509Certificate(first);
  } catch {
    return undefined; // PEM around something else
  }
}

/** The TLS part of a plan; a certificate that cannot be read leaves it empty and is refused by {@link checkTls}. */
export function tlsPlan(tls: ClusterOptions["sip"]["tls"], surroundings: Surroundings): TlsPlan | undefined {
  if (!tls) return undefined;
  const text = pemText(tls.certificate, surroundings);
  const certificate = certificateOf(text);
  const chain = text?.match(PEM) ?? [];
  return {
    port: tls.port,
    certificate: chain.map((pem) => `${pem.replaceAll("\r", "")}\n`).join(""),
    validUntil: certificate ? new Date(certificate.validTo).toISOString() : "",
  };
}

/** Refuses a certificate that is none, has ended or has not begun, and a key file that does not belong to it. */
export function checkTls(book: RuleBook, { sip }: ClusterOptions, surroundings: Surroundings): void {
  const { tls } = sip;
  if (!tls) return;
  const subject = { path: CERTIFICATE, value: tls.certificate };
  const text = pemText(tls.certificate, surroundings);
  const certificate = certificateOf(text);
  book.refuse(text === undefined, subject, [], {
    allowed: "be PEM text, or a file that can be read from the project's directory",
    fix: "correct the path, or put the file there",
  });
  book.refuse(text !== undefined && !certificate, subject, [], {
    got: text === tls.certificate ? "other text" : `${show(tls.certificate)}, which holds none`,
    allowed: "hold a certificate in PEM form",
    fix: "give the file that begins with -----BEGIN CERTIFICATE-----",
  });
  if (certificate) checkValidity(book, certificate, surroundings.now);
  checkTlsPort(book, sip.port, sip.tcp, tls.port);
  if (tls.keyFile === undefined || !certificate) return;
  const fault = keyFault("sip.tls.keyFile", tls.keyFile, pemText(tls.keyFile, surroundings), certificate);
  if (fault) book.refuse(true, { path: fault.path, value: "" }, [subject], fault);
}

function checkValidity(book: RuleBook, certificate: X509Certificate, now: Date): void {
  const until = { path: CERTIFICATE, value: new Date(certificate.validTo) };
  const from = { path: CERTIFICATE, value: new Date(certificate.validFrom) };
  book.refuse(until.value <= now, until, [], {
    got: `one that ended on ${day(until.value)}`,
    allowed: "be valid today",
    fix: "have it renewed, since phones refuse an expired one",
  });
  book.refuse(from.value > now, from, [], {
    got: `one that begins on ${day(from.value)}`,
    allowed: "be valid today",
    fix: "wait for that day, or check the clock of this machine",
  });
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function checkTlsPort(book: RuleBook, sipPort: number, tcp: boolean, tlsPort: number): void {
  const port = { path: "sip.tls.port", value: tlsPort };
  const other = { path: "sip.port", value: sipPort };
  book.refuse(tcp && port.value === other.value, port, [other], {
    allowed: `differ from sip.port (${other.value}), which TCP uses`,
    fix: "change one of the two, or write tcp: false",
  });
}

/** What is wrong with a private key for this certificate; the key itself is never part of it. */
function keyFault(
  path: string,
  shown: string,
  text: string | undefined,
  certificate: X509Certificate,
): Fault | undefined {
  const got = path.startsWith("sip-ha:") ? "a value that is not shown here" : show(shown);
  if (text === undefined) {
    return { path, got, allowed: "be a file that can be read from the project's directory", fix: "correct the path" };
  }
  const key = privateKey(text);
  if (!key) {
    const fix = "give one that begins with -----BEGIN PRIVATE KEY-----; take a passphrase off with `openssl pkey`";
    return { path, got, allowed: "hold a private key in PEM form without a passphrase", fix };
  }
  if (certificate.checkPrivateKey(key)) return undefined;
  const fix = "give the key that the certificate was made for, or the other certificate";
  return { path, got: "the key of another certificate", allowed: `belong to ${CERTIFICATE}`, fix };
}

function privateKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined; // refused by the caller in words that do not repeat it
  }
}

/** How the secret `sip-ha:tlsKey` is held: not at all, encrypted and unreadable here, or as text. */
export type TlsSecret = "none" | "encrypted" | { readonly text: string };

/**
 * What is wrong with the secret `sip-ha:tlsKey`.
 *
 * @param input what stands under `sip-ha:cluster`, parsed; an unsound certificate is refused elsewhere
 */
export function tlsSecretFaults(input: unknown, secret: TlsSecret, surroundings: Surroundings): readonly Fault[] {
  const path = "sip-ha:tlsKey";
  const tls = valueAt(input, ["sip", "tls"]);
  const refuse = (allowed: string, fix: string, got = "a value"): readonly Fault[] => [{ path, got, allowed, fix }];
  if (!isRecord(tls)) {
    if (secret === "none") return [];
    return refuse("be absent without sip.tls", "set sip.tls too, or remove it by `pulumi config rm sip-ha:tlsKey`");
  }
  if (tls["keyFile"] !== undefined) {
    return secret === "none" ? [] : refuse("be absent where sip.tls.keyFile is given", "remove one of the two");
  }
  if (secret === "none") {
    const fix = `set it by ${SET_KEY}, or name a file as sip.tls.keyFile`;
    return refuse("hold the private key of sip.tls.certificate", fix, "nothing");
  }
  const given = tls["certificate"];
  const certificate = typeof given === "string" ? certificateOf(pemText(given, surroundings)) : undefined;
  if (secret === "encrypted" || !certificate) return [];
  const fault = keyFault(path, "", secret.text, certificate);
  return fault ? [fault] : [];
}

/** The text of the private key that a stack file names as a file; undefined where it names none. */
export function keyFileText(input: unknown, surroundings: Surroundings): string | undefined {
  const keyFile = valueAt(input, ["sip", "tls", "keyFile"]);
  return typeof keyFile === "string" ? pemText(keyFile, surroundings) : undefined;
}
