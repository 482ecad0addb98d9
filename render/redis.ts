import { createHash } from "node:crypto";
import type { ClusterPlan } from "../config/plan.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { staticTree } from "./staticTree.ts";

const HEADER = "# managed by Pulumi: values from the stack file\n";
/** What rtpengine 10.5 asks of Redis, and what `relay-store` looks at. */
const COMMANDS = "auth select ping info type dbsize keys get set expire del".split(" ");

/** Redis on its private address, with the bound of its memory; nothing without it. */
export function redisFiles({ redis }: ClusterPlan): RenderedFile[] {
  if (redis === undefined) return [];
  return [
    ...staticTree("redis"),
    {
      path: "/etc/redis/sip-ha-local.conf",
      mode: "0644",
      owner: "root:redis",
      effect: "database",
      content: HEADER + `bind ${redis.machine.privateAddress}\nport ${redis.port}\nmaxmemory ${redis.maxMemoryMb}mb\n`,
    },
  ];
}

/** The one account of Redis; the file holds the sha256 of the password (redis.io, ACL). */
export function redisSecretFiles({ redis }: ClusterPlan, { redisPassword }: ClusterSecrets): RenderedFile[] {
  if (redis === undefined) return [];
  if (redisPassword === undefined) throw new Error("Redis needs a password, got none");
  const digest = createHash("sha256").update(redisPassword).digest("hex");
  const commands = COMMANDS.map((command) => `+${command}`).join(" ");
  return [
    {
      path: "/etc/redis/sip-ha-users.acl",
      mode: "0640",
      owner: "root:redis",
      effect: "database",
      // comments are not allowed in this file
      content: `user default on #${digest} ~* resetchannels -@all ${commands}\n`,
    },
  ];
}
