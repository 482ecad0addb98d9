import type { ClusterPlan } from "../config/plan.ts";
import { databaseAccounts, DATABASE_NAME } from "./database.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

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
    SIP_DOMAIN: { string: plan.sip.domain },
    SIP_LISTEN: { token: `udp:${plan.floatingIp.address}:${plan.sip.port}` },
    ...(plan.relay === "none" ? {} : { [`WITH_${plan.relay.toUpperCase()}`]: "defined" }),
  });
  return [
    {
      path: `${DIRECTORY}/kamailio-local.cfg`,
      mode: "0644",
      owner: "root:kamailio",
      effect: "proxy",
      content: HEADER + defines,
    },
  ];
}

/**
 * The key of digest challenges, and the database's address with the accounts of the proxy and of trial starts, which may only read.
 *
 * @throws Error for a password that Kamailio cannot carry
 */
export function kamailioSecretFiles(plan: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  const { proxy, probe } = databaseAccounts;
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
