import type { ClusterPlan } from "../config/plan.ts";
import { dispatcherFiles, mediaServerDefines } from "./dispatcher.ts";
import { databaseAccounts, DATABASE_NAME } from "./database.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { tlsFiles, tlsSecretFiles } from "./tls.ts";

const DIRECTORY = "/etc/kamailio";
const HEADER = "# managed by Pulumi: values of kamailio.cfg, from the stack file\n";

/** A value of a `#!define`: a string literal, a bare token such as a listen address, or none, for `#!ifdef`. */
export type KamailioValue = { readonly string: string } | { readonly token: string } | "defined";

/**
 * Kamailio's double-quoted string literal (cfg.lex, state STRING1: `\` escapes).
 *
 * @throws Error for control characters and non-ASCII text, which a `#!define` line cannot carry
 */
export function kamailioString(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new Error(
      "a string in kamailio.cfg must be printable ASCII in one line, got other characters; choose another",
    );
  }
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * `#!define` lines, to be included by kamailio.cfg.
 *
 * @throws Error for a name that is not A-Z, 0-9 and _, or a token with other than letters, digits and `.:_-`
 */
export function kamailioDefines(values: Readonly<Record<string, KamailioValue>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new Error(`define must be named in A-Z, 0-9 and _, got ${name}`);
      if (value === "defined") return `#!define ${name}\n`;
      return `#!define ${name} ${"string" in value ? kamailioString(value.string) : bareToken(value.token)}\n`;
    })
    .join("");
}

/** Kamailio's values without secrets; the same on every node. */
export function kamailioFiles(plan: ClusterPlan): RenderedFile[] {
  const defines = kamailioDefines({
    ...listenValues(plan),
    ...(plan.relay === "none" ? {} : { [`WITH_${plan.relay.toUpperCase()}`]: "defined" }),
    ...edgeValues(plan),
    ...mediaServerDefines(plan),
  });
  return [
    {
      path: `${DIRECTORY}/kamailio-local.cfg`,
      mode: "0644",
      owner: "root:kamailio",
      effect: "proxy",
      content: HEADER + defines,
    },
    ...tlsFiles(plan),
    ...dispatcherFiles(plan),
  ];
}

function listenValues({ sip, floatingIp }: ClusterPlan): Record<string, KamailioValue> {
  const { domain, port, tcp, tls } = sip;
  const at = (transport: string, number: number): KamailioValue => ({
    token: `${transport}:${floatingIp.address}:${number}`,
  });
  return {
    SIP_DOMAIN: { string: domain },
    SIP_LISTEN: at("udp", port),
    ...(tcp || tls ? { TCP_USED: "defined" as const } : {}),
    ...(tcp ? { TCP_LISTEN: at("tcp", port) } : {}),
    ...(tls ? { TLS_LISTEN: at("tls", tls.port) } : {}),
  };
}

function edgeValues(plan: ClusterPlan): Record<string, KamailioValue> {
  const { registrar, rateLimit } = plan;
  const { minSec, defaultSec, maxSec } = registrar.expires;
  const number = (value: number): KamailioValue => ({ token: String(value) });
  return {
    MAX_CONTACTS: number(registrar.maxContacts),
    MIN_EXPIRES: number(minSec),
    DEFAULT_EXPIRES: number(defaultSec),
    MAX_EXPIRES: number(maxSec),
    TCP_LIFETIME: number(maxSec + 5),
    NAT_PING: number(registrar.natPingSec),
    PING_FROM: { string: `sip:ping@${plan.sip.domain}` },
    REQUESTS_PER_10S: number(rateLimit.requestsPerSec * 10),
    FAILURES_PER_MIN: number(rateLimit.failuresPerMin),
    EXEMPT_NETWORKS: { string: exemptNetworks(plan).join(",") },
  };
}

/** What the node asks itself, and the media servers, are never too much. */
function exemptNetworks({ floatingIp, mediaServers, rateLimit }: ClusterPlan): readonly string[] {
  const own = ["127.0.0.1", floatingIp.address, ...mediaServers.map(({ address }) => address)];
  return [...own.map((address) => `${address}/32`), ...rateLimit.exempt];
}

/**
 * The key of digest challenges, and the database's address with the accounts of the proxy and of trial starts, which may only read.
 *
 * @throws Error for a password that Kamailio cannot carry
 */
export function kamailioSecretFiles(plan: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  const { proxy, probe } = databaseAccounts(plan);
  return [
    {
      path: `${DIRECTORY}/kamailio-secrets.cfg`,
      mode: "0640",
      owner: "root:kamailio",
      effect: "proxy",
      content: HEADER + databaseDefines(plan, proxy, secrets.databasePassword) + nonceDefine(secrets),
    },
    {
      path: `${DIRECTORY}/kamailio-probe.cfg`,
      mode: "0600",
      owner: "root:root",
      effect: "none",
      content: HEADER + databaseDefines(plan, probe, secrets.probePassword) + nonceDefine(secrets),
    },
    ...tlsSecretFiles(plan, secrets),
  ];
}

/**
 * The password ends at the last `@` of the URL, which has no escapes: of all printable characters only `/` cannot
 * be in it (Kamailio 5.6, db_id.c).
 */
function databaseDefines(plan: ClusterPlan, account: string, password: string): string {
  if (password.includes("/")) {
    throw new Error(
      `the password of ${account} must not contain /, which ends it in Kamailio's database URL; choose another`,
    );
  }
  const { machine, port } = plan.database;
  const url = `mysql://${account}:${password}@${machine.privateAddress}:${port}/${DATABASE_NAME}`;
  return kamailioDefines({ DATABASE_URL: { string: url }, LOCATION_CONNECTION: { string: `location=>${url}` } });
}

function nonceDefine({ nonceSecret }: ClusterSecrets): string {
  return kamailioDefines({ NONCE_SECRET: { string: nonceSecret } });
}

function bareToken(text: string): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(text)) {
    throw new Error(`a token in kamailio.cfg must be letters, digits and . : _ -, got ${JSON.stringify(text)}`);
  }
  return text;
}
