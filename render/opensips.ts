import type { ClusterPlan } from "../config/plan.ts";
import { databaseAccounts } from "./database.ts";
import { mediaServerStatements, mediaServerTables } from "./opensipsMediaServers.ts";
import { OPENSIPS_DIRECTORY, listener, opensipsStatements, type OpensipsValue, shared } from "./opensipsStatements.ts";
import { opensipsTlsFiles, opensipsTlsSecretFiles, tlsStatements } from "./opensipsTls.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

const HEADER = "# managed by Pulumi: values of opensips.cfg, from the stack file\n";

/** OpenSIPS's values without secrets; the same on every node. */
export function opensipsFiles(plan: ClusterPlan): RenderedFile[] {
  const statements = opensipsStatements([
    ...(plan.sip.tcp ? [{ load: "proto_tcp" }] : []),
    ...(plan.sip.tcp ? ["udp", "tcp"] : ["udp"]).flatMap((protocol) => listener(protocol, plan.sip.port, plan)),
    ...tlsStatements(plan),
    ...registrarValues(plan),
    shared("domain", plan.sip.domain),
    ...limitValues(plan),
    { part: `relay-${plan.relay}` },
    ...mediaServerStatements(plan),
  ]);
  return [
    {
      path: `${OPENSIPS_DIRECTORY}/opensips-local.cfg`,
      mode: "0644",
      owner: "root:opensips",
      effect: "proxy",
      content: HEADER + statements,
    },
    ...mediaServerTables(plan),
    ...opensipsTlsFiles(plan),
  ];
}

function registrarValues({ registrar, sip }: ClusterPlan): OpensipsValue[] {
  const { maxContacts, expires, natPingSec } = registrar;
  const values = [
    ["registrar", "max_contacts", maxContacts],
    ["registrar", "default_expires", expires.defaultSec],
    ["registrar", "min_expires", expires.minSec],
    ["registrar", "max_expires", expires.maxSec],
    ["nathelper", "natping_interval", natPingSec],
    ["nathelper", "sipping_from", `sip:ping@${sip.domain}`],
  ] as const;
  return values.map(([modules, parameter, value]) => ({ modules, parameter, value }));
}

/** Media servers are never too much. A comma ends each network, so that the list of none has none. */
function limitValues({ mediaServers, rateLimit }: ClusterPlan): OpensipsValue[] {
  const exempt = [...mediaServers.map(({ address }) => `${address}/32`), ...rateLimit.exempt];
  return [
    shared("requests_per_sec", rateLimit.requestsPerSec),
    shared("failures_per_min", rateLimit.failuresPerMin),
    shared("exempt", exempt.map((network) => `${network},`).join("")),
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
      path: `${OPENSIPS_DIRECTORY}/opensips-secrets.cfg`,
      mode: "0640",
      owner: "root:opensips",
      effect: "proxy",
      content: HEADER + secretStatements(plan, proxy, secrets.databasePassword, secrets),
    },
    {
      path: `${OPENSIPS_DIRECTORY}/opensips-probe.cfg`,
      mode: "0600",
      owner: "root:root",
      effect: "none",
      content: HEADER + secretStatements(plan, probe, secrets.probePassword, secrets),
    },
    ...opensipsTlsSecretFiles(plan, secrets),
  ];
}

function secretStatements(plan: ClusterPlan, account: string, password: string, secrets: ClusterSecrets): string {
  const url = databaseUrl(plan, account, password);
  return opensipsStatements([
    { modules: "usrloc|dialog|sqlops", parameter: "db_url", value: url },
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
