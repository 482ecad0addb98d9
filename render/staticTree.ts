import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClusterPlan, Relay } from "../config/plan.ts";
import type { Effect, RenderedFile } from "./renderedFile.ts";

const FILES = fileURLToPath(new URL("../files/", import.meta.url));

/** Trees under `files/` that mirror a machine's root. */
export type TreeName =
  | "common"
  | "node"
  | "node-relay"
  | `node-${ClusterPlan["proxy"] | Exclude<Relay, "none">}`
  | "redis"
  | "time-server"
  | "database"
  | "bastion"
  | "router"
  | "caller"
  | "fence"
  | "media";

interface Rule {
  readonly path: RegExp;
  readonly owner?: string;
  readonly effect?: Effect;
}

/** What differs from owner root:root and effect none. The first rule that matches counts, for each property alone. */
const RULES: readonly Rule[] = [
  { path: /^\/etc\/kamailio\//, owner: "root:kamailio", effect: "proxy" },
  { path: /^\/etc\/opensips\//, owner: "root:opensips", effect: "proxy" },
  { path: /^\/etc\/systemd\/system\/sip-ha-proxy\.service/, effect: "proxy" },
  { path: /^\/etc\/systemd\/system\/sip-ha-(relay|dispatcher)\.service/, effect: "relay" },
  { path: /^\/usr\/lib\/sip-ha\/(relay|mediaproxy-certificates)$/, effect: "relay" },
  { path: /^\/etc\/rtpengine\//, owner: "root:rtpengine", effect: "relay" },
  { path: /^\/etc\/redis\//, owner: "root:redis", effect: "database" },
  { path: /^\/etc\/systemd\/system\/sip-ha-redis\.service/, effect: "database" },
  { path: /^\/etc\/systemd\/system\/heartbeat\.service/, effect: "engine" },
  { path: /^\/etc\/(mysql|systemd\/system\/mariadb\.service\.d)\//, effect: "database" },
  { path: /^\/usr\/lib\/sip-ha\/((schema|opensips)\.sql|database-apply|redis-apply)$/, effect: "database" },
  { path: /^\/etc\/(chrony|systemd\/system\/chrony\.service\.d)\//, effect: "time" },
];

/** Templates: read by {@link readStatic} and rendered elsewhere. */
const TEMPLATES = new Set([
  "/etc/ha.d/ha.cf",
  "/etc/ha.d/haresources",
  "/etc/ha.d/authkeys",
  "/etc/sip-ha/bmc/node.conf",
]);

/** The files of one tree, as they are placed on a machine; empty when there is no such tree. */
export function staticTree(tree: TreeName): RenderedFile[] {
  return listFiles(join(FILES, tree))
    .filter((path) => !TEMPLATES.has(path))
    .map((path) => {
      const content = readStatic(tree, path);
      return { path, mode: modeOf(content), ...attributes(path), content };
    });
}

/**
 * The text of one file under `files/<tree>`.
 *
 * @throws Error when there is no such file
 */
export function readStatic(tree: TreeName, path: string): string {
  return readFileSync(join(FILES, tree, path), "utf8");
}

/** The constant text of a program under `files/stage`, which hosts run without having it. */
export function stageProgram(name: "inspect.sh" | "receive.sh" | "retire.sh"): string {
  return readFileSync(join(FILES, "stage", name), "utf8");
}

/** Programs are what the kernel would execute (execve(2), interpreter scripts); nothing here holds a secret. */
function modeOf(content: string): string {
  return content.startsWith("#!/") ? "0755" : "0644";
}

function attributes(path: string): Pick<RenderedFile, "owner" | "effect"> {
  const matching = RULES.filter((rule) => rule.path.test(path));
  return {
    owner: matching.find((rule) => rule.owner !== undefined)?.owner ?? "root:root",
    effect: matching.find((rule) => rule.effect !== undefined)?.effect ?? "none",
  };
}

function listFiles(root: string): string[] {
  const entries = readTree(root);
  return entries.map((path) => `/${relative(root, path)}`).sort((a, b) => (a < b ? -1 : 1));
}

function readTree(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
