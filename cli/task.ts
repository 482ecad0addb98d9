import { text } from "node:stream/consumers";
import { z } from "zod";
import { activate } from "../activate/activate.ts";
import { parseActivationInput } from "../activate/input.ts";
import { lineProgress } from "../activate/progress.ts";
import { deliver } from "../bundle/deliver.ts";
import { resolveLock } from "../bundle/lock.ts";
import { bundleId, isEmpty, parseLock, parseRequest, ROLES, sourcesSchema } from "../bundle/model.ts";
import { hostAccessSchema, planSchema } from "../remote/access.ts";
import { openSession } from "../remote/session.ts";
import { withBastions } from "../remote/withSessions.ts";
import { levelCourse } from "../verify/catalogue/course.ts";
import { retire } from "./existing/retire.ts";
import { bringBack } from "../verify/faults/power.ts";
import { endWithParent } from "./endWithParent.ts";
import { say } from "./say.ts";
import { verifyStack } from "./verifyStack.ts";

export const TASKS = ["bundle-lock", "deliver", "activate", "verify", "retire", "bring-back"] as const;
type Task = (typeof TASKS)[number];

const BOOT_PATIENCE_MS = 60_000;

/** Each answers what goes to stdout, without a trailing newline. */
const programs: Readonly<Record<Task, (input: string, words: readonly string[]) => Promise<string>>> = {
  "bundle-lock": async (input) => JSON.stringify(await resolveLock(parseRequest(JSON.parse(input)), say)),
  deliver: deliverBundles,
  activate: (input) => activate(parseActivationInput(input), lineProgress(say)),
  verify: verifyAfterChange,
  retire: retireHosts,
  "bring-back": async (_, [container = ""]) => (await bringBack(container)) ?? "",
};

/** Runs one program of the stack: JSON on stdin, progress on stderr, result on stdout. */
export async function runTask(name: string, words: readonly string[]): Promise<void> {
  const task = TASKS.find((known) => known === name);
  if (!task) throw new Error(`unknown task ${name}; one of ${TASKS.join(", ")}`);
  // bring-back is started by who wants it to outlive him
  if (task !== "bring-back") endWithParent();
  const output = await programs[task](await text(process.stdin), words);
  process.stdout.write(`${output}\n`);
}

const deliverySchema = z.object({ lock: z.string(), sources: sourcesSchema, hosts: z.array(hostAccessSchema) });

async function deliverBundles(input: string): Promise<string> {
  const { lock: lockText, sources, hosts } = deliverySchema.parse(JSON.parse(input));
  const lock = parseLock(JSON.parse(lockText));
  await withBastions((bastions) =>
    deliver(hosts, lock, sources, (host) => openSession(host, bastions, BOOT_PATIENCE_MS), say),
  );
  const filled = ROLES.filter((role) => !isEmpty(role, lock));
  return JSON.stringify(Object.fromEntries(filled.map((role) => [role, bundleId(role, lock)])));
}

const retirementSchema = z.object({ stack: z.string(), hosts: z.array(hostAccessSchema) });

async function retireHosts(input: string): Promise<string> {
  const { stack, hosts } = retirementSchema.parse(JSON.parse(input));
  await retire(stack, hosts, say);
  return "";
}

const verificationSchema = z.object({ plan: planSchema, hosts: z.array(hostAccessSchema) });

async function verifyAfterChange(input: string, [occasion]: readonly string[]): Promise<string> {
  const { plan, hosts } = verificationSchema.parse(JSON.parse(input));
  const level = occasion === "first" ? plan.verification.first : plan.verification.change;
  if (level === "off") return JSON.stringify({ level });
  return JSON.stringify({ level, report: await verifyStack(plan, hosts, levelCourse(level), say) });
}
