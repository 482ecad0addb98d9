import { messageOf } from "../../remote/eventually.ts";
import { z } from "zod";
import type { MachinePlan } from "../../config/plan.ts";
import { fencingSchema, type FencingView } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";

/** What a host says of itself: the key=value lines of `observe facts`. */
export interface HostFacts {
  readonly machine: MachinePlan;
  /** Undefined when the host could not be asked; see {@link trouble}. */
  readonly facts?: ReadonlyMap<string, string>;
  readonly trouble?: string;
}

const engineState = z.object({
  owner: z.string().nullable(),
  role: z.enum(["active", "standby", "stopped", "transition", "maintenance"]),
  since: z.string().nullable(),
});
const peers = z.array(z.object({ node: z.string(), status: z.string() }));
const paths = z.array(z.object({ peer: z.string(), link: z.string(), status: z.string() }));

/** The engine's own view, from `engine owner|peers|paths` on the node. */
export interface EngineView {
  readonly owner: string | null;
  readonly role: "active" | "standby" | "stopped" | "transition" | "maintenance";
  /** ISO 8601; null when unknown. */
  readonly since: string | null;
  readonly peers: readonly { readonly node: string; readonly status: string }[];
  readonly paths: readonly { readonly peer: string; readonly link: string; readonly status: string }[];
}

/** Asks one host; never throws: that a host cannot be reached or asked is a finding, too. */
export async function collectFacts(machine: MachinePlan, connect: () => Promise<Session>): Promise<HostFacts> {
  try {
    const session = await connect();
    const command = `sudo -n /usr/lib/sip-ha/observe facts ${machine.role}`;
    const output = await session.must("collect facts", command, { timeoutMs: 20_000 });
    return { machine, facts: parseFacts(output) };
  } catch (error) {
    return { machine, trouble: messageOf(error) };
  }
}

/** Reads key=value lines; a line without `=` is ignored. */
export function parseFacts(output: string): ReadonlyMap<string, string> {
  const entries = output.split("\n").flatMap((line): [string, string][] => {
    const at = line.indexOf("=");
    return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return new Map(entries);
}

/** The engine's view of a node; undefined when it did not answer in its format. */
export function engineView(facts: ReadonlyMap<string, string>): EngineView | undefined {
  const state = engineState.safeParse(parseJson(facts.get("owner")));
  const seenPeers = peers.safeParse(parseJson(facts.get("peers")));
  const seenPaths = paths.safeParse(parseJson(facts.get("paths")));
  if (!state.success) return undefined;
  return { ...state.data, peers: seenPeers.data ?? [], paths: seenPaths.data ?? [] };
}

/** What a node says of its fencing device; undefined when it did not answer in its format. */
export function parseFencing(text: string): FencingView | undefined {
  return fencingSchema.safeParse(parseJson(text)).data;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
