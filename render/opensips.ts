import type { ClusterPlan } from "../config/plan.ts";
import { databaseAccounts } from "./database.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

const DIRECTORY = "/etc/opensips";
const HEADER = "# managed by Pulumi: values of opensips.cfg, from the stack file\n";

/** A statement of opensips.cfg: a global parameter, one of modules, or a part of the configuration that lies beside it. */
export type OpensipsValue =
  | { readonly part: string }
  | { readonly global: string; readonly token: string }
  | { readonly load: string }
  | { readonly modules: string; readonly parameter: string; readonly value: string | number };

/**
 * OpenSIPS's double-quoted string literal (cfg.lex, state STRING1: `\` escapes).
 *
 * @throws Error for control characters and non-ASCII text
 */
export function opensipsString(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new Error(
      "a string in opensips.cfg must be printable ASCII in one line, got other characters; choose another",
    );
  }
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * Statements, to be included by opensips.cfg, which has no defines.
 *
 * @throws Error for a token with other than letters, digits and `.:_-`
 */
export function opensipsStatements(values: readonly OpensipsValue[]): string {
  return values.map((value) => `${statement(value)}\n`).join("");
}

function statement(value: OpensipsValue): string {
  if ("part" in value) return `include_file ${opensipsString(`${DIRECTORY}/${value.part}.cfg`)}`;
  if ("load" in value) return `loadmodule ${opensipsString(`${value.load}.so`)}`;
  return "global" in value ? globalLine(value) : modparamLine(value);
}

function globalLine({ global, token }: Extract<OpensipsValue, { global: string }>): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(token)) {
    throw new Error(`a token in opensips.cfg must be letters, digits and . : _ -, got ${JSON.stringify(token)}`);
  }
  return `${global}=${token}`;
}

function modparamLine({ modules, parameter, value }: Extract<OpensipsValue, { modules: string }>): string {
  const literal = typeof value === "number" ? String(value) : opensipsString(value);
  return `modparam(${opensipsString(modules)}, ${opensipsString(parameter)}, ${literal})`;
}

/** OpenSIPS's values without secrets; the same on every node. */
export function opensipsFiles(plan: ClusterPlan): RenderedFile[] {
  const statements = opensipsStatements([
    ...(plan.sip.tcp ? [{ load: "proto_tcp" }] : []),
    ...(plan.sip.tcp ? ["udp", "tcp"] : ["udp"]).flatMap((protocol) => listener(protocol, plan)),
    ...registrarValues(plan),
    shared("domain", plan.sip.domain),
    ...limitValues(plan),
    { part: `relay-${plan.relay}` },
  ]);
  return [
    {
      path: `${DIRECTORY}/opensips-local.cfg`,
      mode: "0644",
      owner: "root:opensips",
      effect: "proxy",
      content: HEADER + statements,
    },
  ];
}

/** A socket is its own alias, so that a domain which is the floating IP needs none. */
function listener(protocol: string, { sip, floatingIp }: ClusterPlan): OpensipsValue[] {
  const socket = { global: "socket", token: `${protocol}:${floatingIp.address}:${sip.port}` };
  const alias = { global: "alias", token: `${protocol}:${sip.domain}:${sip.port}` };
  return sip.domain === floatingIp.address ? [socket] : [socket, alias];
}

function registrarValues({ registrar }: ClusterPlan): OpensipsValue[] {
  const { maxContacts, expires, natPingSec } = registrar;
  const values = [
    ["registrar", "max_contacts", maxContacts],
    ["registrar", "default_expires", expires.defaultSec],
    ["registrar", "min_expires", expires.minSec],
    ["registrar", "max_expires", expires.maxSec],
    ["nathelper", "natping_interval", natPingSec],
  ] as const;
  return values.map(([modules, parameter, value]) => ({ modules, parameter, value }));
}

/** A comma ends each network, so that the list of none has none. */
function limitValues({ rateLimit }: ClusterPlan): OpensipsValue[] {
  return [
    shared("requests_per_sec", rateLimit.requestsPerSec),
    shared("failures_per_min", rateLimit.failuresPerMin),
    shared("exempt", rateLimit.exempt.map((network) => `${network},`).join("")),
  ];
}

/**
 * The keys of digest challenges and of seals, and the database's address with the accounts of the proxy and of trial
 * starts, which may only read.
 *
 * @throws Error for a password that OpenSIPS cannot carry
 */
export function opensipsSecretFiles(plan: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  const { proxy, probe } = databaseAccounts(plan);
  return [
    {
      path: `${DIRECTORY}/opensips-secrets.cfg`,
      mode: "0640",
      owner: "root:opensips",
      effect: "proxy",
      content: HEADER + secretStatements(plan, proxy, secrets.databasePassword, secrets),
    },
    {
      path: `${DIRECTORY}/opensips-probe.cfg`,
      mode: "0600",
      owner: "root:root",
      effect: "none",
      content: HEADER + secretStatements(plan, probe, secrets.probePassword, secrets),
    },
  ];
}

function secretStatements(plan: ClusterPlan, account: string, password: string, secrets: ClusterSecrets): string {
  const url = databaseUrl(plan, account, password);
  return opensipsStatements([
    { modules: "usrloc|auth_db|dialog|sqlops", parameter: "db_url", value: url },
    { modules: "auth", parameter: "secret", value: secrets.nonceSecret },
    shared("seal_key", secrets.nonceSecret),
  ]);
}

/** The password ends at the first `@` of the URL, which has no escapes (OpenSIPS 3.6, db_id.c). */
function databaseUrl({ database }: ClusterPlan, account: string, password: string): string {
  if (password.includes("@")) {
    throw new Error(
      `the password of ${account} must not contain @, which ends it in OpenSIPS's database URL; choose another`,
    );
  }
  return `mysql://${account}:${password}@${database.machine.privateAddress}:${database.port}/opensips`;
}

/** A variable that every process reads as `$shv(name)`. */
function shared(name: string, value: string | number): OpensipsValue {
  return {
    modules: "cfgutils",
    parameter: "shvset",
    value: `${name}=${typeof value === "number" ? "i" : "s"}:${value}`,
  };
}
