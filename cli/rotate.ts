import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { ClusterPlan, GenerationsPlan } from "../config/plan.ts";
import { all } from "../remote/eventually.ts";
import { authkeys } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import { withSessions } from "../remote/withSessions.ts";
import { keyNumber } from "../render/heartbeat.ts";
import { projectDir } from "../toolchain/versions.ts";
import { readPlan } from "./readStack.ts";
import { runningStack } from "./runningStack.ts";
import { say } from "./say.ts";
import { up } from "./verbs.ts";

type Secret = keyof GenerationsPlan;
const SECRETS = ["database", "heartbeat"] as const satisfies readonly Secret[];

/** Whether the hosts have the generation of the stack file and no other. */
const ENDED: Readonly<Record<Secret, (plan: ClusterPlan, sessions: readonly Session[]) => Promise<boolean>>> = {
  database: async ({ generations }, sessions) => {
    const databases = sessions.filter(({ host }) => host.role === "database");
    const question = "sudo -n /usr/lib/sip-ha/database-apply accounts";
    const found = await all(databases.map((session) => session.must("ask for accounts", question)));
    const accounts = found.flatMap((text) => text.trim().split("\n"));
    return accounts.every((account) => account.split("@")[0]?.endsWith(`_${generations.database}`) === true);
  },
  heartbeat: async ({ generations }, sessions) => {
    const nodes = sessions.filter(({ host }) => host.role === "node");
    const found = await all(nodes.map(async (session) => authkeys.inService(session)));
    return found.every((keys) => keys?.keys.length === 1 && keys.signs === keyNumber(generations.heartbeat));
  },
};

/**
 * Changes a secret that the stack made: raises its generation in the stack file, then `up`. A change that an earlier run
 * began and did not end is ended instead.
 *
 * @throws Error when there is no such secret
 */
export async function rotate(what: string, { stack }: { readonly stack: string }): Promise<void> {
  const secret = SECRETS.find((name) => name === what);
  if (!secret) throw new Error(`rotate takes ${SECRETS.join(" or ")}, got ${what}`);
  const plan = readPlan(projectDir, stack);
  const { hosts } = await runningStack(stack);
  const concerned = hosts.filter(({ role }) => role === "node" || role === "database");
  const ended = await withSessions(concerned, (sessions) => ENDED[secret](plan, sessions));
  const generation = plan.generations[secret] + (ended ? 1 : 0);
  if (ended) writeGeneration(stack, secret, generation);
  else say(`generation ${generation} of ${secret} is not on all hosts yet: that is done first`);
  await up({ stack });
  say(`${secret} is at generation ${generation}; keep Pulumi.${stack}.yaml`);
}

/** Everything else in the stack file stays as it is. */
function writeGeneration(stack: string, secret: Secret, generation: number): void {
  const file = join(projectDir, `Pulumi.${stack}.yaml`);
  const document = parseDocument(readFileSync(file, "utf8"));
  document.setIn(["config", "sip-ha:cluster", "generations", secret], generation);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
  say(`generations.${secret} of Pulumi.${stack}.yaml is ${generation} now`);
}
