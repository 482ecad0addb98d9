import { awaitStandby, switchOver } from "../activate/group.ts";
import { lineProgress } from "../activate/progress.ts";
import { engine } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import { withSessions } from "../remote/withSessions.ts";
import { runningStack } from "./runningStack.ts";
import { say } from "./say.ts";

/**
 * `on` takes a node out of the cluster, after a switchover if it is active; `off` lets it in again, as standby.
 *
 * @throws Error when a word or the node is unknown, or when no other node could serve
 */
export async function maintenance(verb: string, node: string, { stack }: { readonly stack: string }): Promise<void> {
  if (verb !== "on" && verb !== "off") throw new Error(`maintenance takes on or off, got ${verb}`);
  const { hosts } = await runningStack(stack);
  const nodes = hosts.filter(({ role }) => role === "node");
  const names = nodes.map(({ name }) => name);
  if (!names.includes(node)) throw new Error(`${node} is no node of ${stack}; its nodes are ${names.join(", ")}`);
  await withSessions(nodes, async (sessions) => {
    const own = sessions.find(({ name }) => name === node);
    const peer = sessions.find(({ name }) => name !== node);
    if (!own || !peer) throw new Error("maintenance needs a second node, which serves meanwhile");
    await (verb === "on" ? begin(own, peer) : end(own, peer));
  });
}

async function begin(own: Session, peer: Session): Promise<void> {
  const [mine, theirs] = await Promise.all([engine.owner(own), engine.owner(peer)]);
  if (mine.role === "maintenance") {
    say(`${own.name} is in maintenance already`);
    return;
  }
  if (theirs.role !== "active" && theirs.role !== "standby") {
    throw new Error(`${peer.name} could not serve meanwhile: it is ${theirs.role}; see \`npm run status\``);
  }
  if (mine.role === "active") await switchOver(own, peer, lineProgress(say));
  await engine.maintenance(own, "on");
  say(
    `${own.name} is in maintenance: it takes no part until \`npm run maintenance -- off ${own.name}\`, also after a reboot`,
  );
}

async function end(own: Session, peer: Session): Promise<void> {
  await engine.maintenance(own, "off");
  await awaitStandby(own, peer);
  say(`${own.name} is standby again`);
}
