import type { ClusterPlan } from "../config/plan.ts";
import { shellAssignments } from "./clusterEnv.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

/** Name of the location database on the database host (schema.sql creates it). */
export const DATABASE_NAME = "kamailio";

/** Accounts of the nodes, of the proxy and read-only. The number is the generation of their passwords: a new one is a new account. */
export function databaseAccounts({ generations, proxy }: Pick<ClusterPlan, "generations" | "proxy">) {
  return { proxy: `${proxy}_${generations.database}`, probe: `probe_${generations.database}` };
}

const HEADER = "managed by Pulumi: values from the stack file";

/**
 * A string literal of MariaDB in its default sql_mode, where `\` escapes.
 *
 * @throws Error for control characters
 */
export function sqlString(text: string): string {
  if (/\p{Cc}/u.test(text))
    throw new Error("an SQL string must be in one line without control characters; choose another");
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/**
 * One section of a MariaDB option file.
 *
 * @throws Error for a value with other than letters, digits and `.:_-`, which would need quotes
 */
export function optionSection(name: string, options: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(options).map(([option, value]) => {
    if (!/^[A-Za-z0-9.:_-]+$/.test(String(value))) {
      throw new Error(`${option} must be letters, digits and . : _ -, got ${JSON.stringify(value)}`);
    }
    return `${option} = ${value}\n`;
  });
  return `[${name}]\n${lines.join("")}`;
}

/** MariaDB's address, and which accounts may come from where. */
export function databaseFiles(plan: ClusterPlan): RenderedFile[] {
  const { machine, port } = plan.database;
  const names = databaseAccounts(plan);
  const accounts = shellAssignments({
    PROXY: plan.proxy,
    PROXY_ACCOUNT: names.proxy,
    PROBE_ACCOUNT: names.probe,
    NODE_NAMES: plan.nodes.map((node) => node.name).join(" "),
    NODE_ADDRESSES: plan.nodes.map((node) => node.privateAddress).join(" "),
  });
  return [
    {
      path: "/etc/mysql/mariadb.conf.d/61-sip-ha-local.cnf",
      mode: "0644",
      owner: "root:root",
      effect: "database",
      content: `# ${HEADER}\n${optionSection("mariadb", { bind_address: machine.privateAddress, port })}`,
    },
    {
      path: "/etc/sip-ha/database.env",
      mode: "0644",
      owner: "root:root",
      effect: "none",
      content: `# ${HEADER}\n${accounts}`,
    },
  ];
}

/**
 * The passwords of the accounts, as variables of the session that `database-apply` opens.
 *
 * @throws Error for a password with control characters
 */
export function databaseSecretFiles(_plan: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  const assignments =
    `SET @proxy_password = ${sqlString(secrets.databasePassword)};\n` +
    `SET @probe_password = ${sqlString(secrets.probePassword)};\n`;
  return [
    {
      path: "/etc/sip-ha/database-secrets.sql",
      mode: "0600",
      owner: "root:root",
      effect: "none",
      content: `-- ${HEADER}\n${assignments}`,
    },
  ];
}
