import { engine } from "../../remote/programs.ts";
import { withBastions, withSession } from "../../remote/withSessions.ts";
import { runningStack } from "../runningStack.ts";
import { explain as explanationOf, explanationText, type NodeStory } from "./explanation.ts";

/** Minutes around the moment at which the group came. */
const MARGIN_MIN = 2;

/** Says why the active node is active, with the timeline of the last move from the journals of both nodes. */
export async function explain({ stack, json }: { readonly stack: string; readonly json?: true }): Promise<void> {
  const { hosts } = await runningStack(stack);
  const nodes = hosts.filter(({ role }) => role === "node");
  const stories = await withBastions(async (bastions) => {
    const ask = <T>(node: (typeof nodes)[number], action: Parameters<typeof withSession<T>>[2]) =>
      withSession(node, bastions, action).catch(() => undefined);
    const views = await Promise.all(nodes.map((node) => ask(node, (session) => engine.owner(session))));
    const since = views.find((view) => view?.role === "active")?.since ?? null;
    const ago = since === null ? 60 : Math.ceil((Date.now() - Date.parse(since)) / 60_000);
    return Promise.all(
      nodes.map(async (node, index): Promise<NodeStory> => {
        const view = views[index];
        const events = await ask(node, (session) =>
          engine.events(session, ago + MARGIN_MIN, Math.max(0, ago - MARGIN_MIN)),
        );
        return { node: node.name, role: view?.role ?? "silent", since: view?.since ?? null, events: events ?? [] };
      }),
    );
  });
  const explanation = explanationOf(stories);
  process.stdout.write(json ? `${JSON.stringify(explanation, undefined, 2)}\n` : explanationText(explanation));
  process.exitCode = explanation.active === null ? 2 : 0;
}
