import { createHash } from "node:crypto";
import type { HostAccess } from "../components/hosts/host.ts";
import { BastionPool, openSession, type Session } from "../remote/session.ts";
import type { ActivationInput } from "./input.ts";
import { all } from "../remote/eventually.ts";
import { lockNodes } from "./lock.ts";
import { refuseLiveChange } from "./liveChange.ts";
import { activateNodes, type Node } from "./nodes.ts";
import type { Progress } from "./progress.ts";
import { refuseOtherKey } from "./rotation.ts";
import { HostStepError } from "../remote/errors.ts";
import { engine, release } from "../remote/programs.ts";
import { bringUp, dropOldAccounts, SUPPORT_ROLES } from "./support.ts";

/** A machine that was only just switched on answers within this time, in milliseconds. */
const BOOT_PATIENCE_MS = 60_000;

/**
 * Takes what is staged into service: support hosts first, then the nodes of the group.
 * @param patienceMs how long a host that does not answer is waited for, in milliseconds
 * @returns a value that changes when something else is in service.
 * @throws HostStepError or Error with the state that each node is in.
 */
export async function activate(
  input: ActivationInput,
  progress: Progress,
  patienceMs = BOOT_PATIENCE_MS,
): Promise<string> {
  const bastions = new BastionPool();
  const managed = input.hosts.filter(({ name }) => input.releases.has(name));
  try {
    const sessions = await openAll(managed, bastions, patienceMs);
    const nodes = sessions.filter(({ host }) => host.role === "node").map((session) => toNode(session, input));
    const free = await lockNodes(nodes.map(({ session }) => session));
    try {
      await refuseLiveChange(
        nodes.map(({ session }) => session),
        input.plan,
      );
      await refuseOtherKey(nodes);
      await bringUpAll(sessions, nodes, input, progress);
      await activateNodes(nodes, input, progress);
      await dropOldAccounts(sessions);
      if (input.plan.fencing.kind !== "none") await checkFencing(nodes, progress);
    } finally {
      await free();
      for (const session of sessions) session.close();
    }
  } finally {
    await bastions.close();
  }
  return createHash("sha256")
    .update(JSON.stringify([...input.releases]))
    .digest("hex");
}

async function openAll(hosts: readonly HostAccess[], bastions: BastionPool, patienceMs: number): Promise<Session[]> {
  const opened = await Promise.allSettled(hosts.map((host) => openSession(host, bastions, patienceMs)));
  const sessions = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const faults = opened.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
  if (faults.length === 0) return sessions;
  for (const session of sessions) session.close();
  throw new Error(`nothing was changed:\n${faults.join("\n")}`);
}

/** Packages of a first installation go onto all hosts together; that is most of the time of a first `up`. */
async function bringUpAll(
  sessions: readonly Session[],
  nodes: readonly Node[],
  input: ActivationInput,
  progress: Progress,
): Promise<void> {
  const support = sessions.filter(({ host }) => SUPPORT_ROLES.some((role) => role === host.role));
  const fresh = await all(nodes.map(async (node) => ((await release.current(node.session)) ? [] : [node])));
  await all([
    ...support.map((session) => bringUp(session, wantedOf(session, input), progress)),
    ...fresh
      .flat()
      .map(({ session, wanted }) =>
        progress.step(session.name, "install packages", () => release.installPackages(session, wanted)),
      ),
  ]);
}

/** A device that does not work is found now, and not when it is needed. Nobody is touched by the question. */
async function checkFencing(nodes: readonly Node[], progress: Progress): Promise<void> {
  await all(
    nodes.map(({ session }) =>
      progress.step(session.name, "the fencing device of its peer answers", async () => {
        const view = await engine.fenceCheck(session);
        if (view.configured && view.device === "ok") return;
        const said = view.configured ? `${view.plugin} for ${view.target}: ${view.said}` : "no device is configured";
        throw new HostStepError({
          host: session.name,
          step: "ask the fencing device",
          said,
          fix: "correct `fencing` in the stack file or mend the device, then run again; the group is in service, but nobody would take over from a dead node",
          retry: false,
        });
      }),
    ),
  );
}

function toNode(session: Session, input: ActivationInput): Node {
  return { session, wanted: wantedOf(session, input) };
}

function wantedOf(session: Session, { releases }: ActivationInput): Node["wanted"] {
  const wanted = releases.get(session.name);
  if (!wanted) throw new Error(`no release is staged for ${session.name}`);
  return wanted;
}
