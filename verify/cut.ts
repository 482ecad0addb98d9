import type { LineStream, Session } from "../remote/session.ts";
import { eventually } from "../remote/eventually.ts";
import type { VerificationContext } from "./context.ts";

/** Heartbeat paths that are cut between the nodes; they heal by themselves after two minutes, or with the connection. */
export interface Cut {
  /** When both nodes heard nothing any more on these paths, in seconds since 1970. */
  readonly since: number;
  /** Lets everything through again; any number of times. */
  heal(): Promise<void>;
}

const WITHIN_MS = 10_000;

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
        streams.push(await cutOn(await context.sessions.to(node), cards, kind));
      }),
    );
  } catch (error) {
    await heal();
    throw error;
  }
  return { since: Date.now() / 1000, heal };
}

async function cutOn(session: Session, cards: readonly string[], kind: CutKind): Promise<LineStream> {
  const said: string[] = [];
  const option = kind === "all" ? "" : kind === "deaf" ? "--deaf " : `--loss ${kind.lossPercent} `;
  const command = `sudo -n /usr/lib/sip-ha/verify/cut ${option}${cards.join(" ")}`;
  const stream = await session.stream(command, (line) => said.push(line));
  await eventually(
    `${session.name} hears nothing on ${cards.join(", ")}`,
    () =>
      Promise.resolve(said.includes("cut") ? { met: true, value: undefined } : { met: false, seen: said.join("; ") }),
    { withinMs: WITHIN_MS, everyMs: 20 },
  );
  return stream;
}
