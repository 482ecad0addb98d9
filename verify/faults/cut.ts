import type { LineStream } from "../../remote/session.ts";
import type { VerificationContext } from "../context.ts";
import { held } from "./held.ts";

/** Heartbeat paths that are cut between the nodes; they heal by themselves after two minutes, or with the connection. */
export interface Cut {
  /** When both nodes heard nothing any more on these paths, in seconds since 1970. */
  readonly since: number;
  /** Lets everything through again; any number of times. */
  heal(): Promise<void>;
}

/** `all`: nothing of the peer arrives; `deaf`: its heartbeats do not, and it hears the node; or so many percent of them. */
export type CutKind = "all" | "deaf" | { readonly lossPercent: number };

/**
 * Cuts heartbeat paths by the names of their cards, on all nodes or on some.
 *
 * @throws when a node does not know such a path
 */
export async function cutPaths(
  context: VerificationContext,
  cards: readonly string[],
  {
    on = context.plan.nodes.map(({ name }) => name),
    kind = "all",
  }: { readonly on?: readonly string[]; readonly kind?: CutKind } = {},
): Promise<Cut> {
  const streams: LineStream[] = [];
  const heal = async (): Promise<void> => {
    await Promise.all(streams.splice(0).map((stream) => stream.stop()));
  };
  try {
    await Promise.all(
      on.map(async (node) => {
        streams.push(await held(await context.sessions.to(node), `cut ${optionOf(kind)}${cards.join(" ")}`, "cut"));
      }),
    );
  } catch (error) {
    await heal();
    throw error;
  }
  return { since: Date.now() / 1000, heal };
}

function optionOf(kind: CutKind): string {
  if (kind === "all") return "";
  return kind === "deaf" ? "--deaf " : `--loss ${kind.lossPercent} `;
}
