import { callerOf, isLab, routerOf } from "../../config/plan.ts";
import { clockOf } from "../../remote/clock.ts";
import { messageOf } from "../../remote/eventually.ts";
import type { JournalEvent } from "../../remote/journal.ts";
import { engine } from "../../remote/programs.ts";
import type { Span } from "../evidence/analysis.ts";
import { milestonesOf, type MoveEvidence } from "../evidence/milestones.ts";
import { outageParts } from "../evidence/outageParts.ts";
import type { FaultTools } from "../context.ts";
import type { Measuring } from "./measuring.ts";
import type { ScenarioLog } from "./scenario.ts";

/** A move of the group that a caller noticed. */
export interface Move extends Pick<MoveEvidence, "way" | "since" | "from" | "to" | "powered"> {
  /** What the caller noticed: from the last good answer to the first one. */
  readonly span: Span;
}

const MINUTE_S = 60;

/**
 * Divides an outage by what the journals of the nodes tell (as `explain` does), the looks at them and the gateway. To be
 * called when the record is read: it asks the nodes. What cannot be read is not seen, and no fault of the cluster.
 */
export async function divideOutage(
  tools: Pick<FaultTools, "context">,
  log: ScenarioLog,
  measuring: Pick<Measuring, "observer">,
  { span, ...move }: Move,
): Promise<void> {
  const { plan } = tools.context;
  const since = Math.min(move.since, span.from);
  // a node that was shot or frozen has nothing to tell of a death
  const told = move.way === "order" || move.way === "decision" ? [move.from, move.to] : [move.to];
  const entries = await Promise.all(told.map(async (node) => [node, await journal(tools, log, node, since)] as const));
  const journals = new Map(entries);
  const milestones = milestonesOf({
    ...move,
    since,
    fenced: plan.fencing.kind !== "none",
    journal: (node) => journals.get(node) ?? [],
    samples: (node) => measuring.observer.of(node),
    neighbour: measuring.observer.neighbour,
  });
  const clockMs = isLab(plan) ? 0 : await clocksApartMs(tools, told);
  log.outageParts = outageParts({ span, since, milestones, clockMs });
  if (log.outageParts === undefined)
    log.notes.push("the SIP outage could not be divided: no step of the move was seen in it");
}

async function journal(
  { context }: Pick<FaultTools, "context">,
  log: ScenarioLog,
  node: string,
  since: number,
): Promise<readonly JournalEvent[]> {
  try {
    const minutes = Math.ceil((Date.now() / 1000 - since) / MINUTE_S) + 1;
    return await engine.events(await context.sessions.to(node), minutes, 0);
  } catch (error) {
    log.notes.push(`the journal of ${node} could not be read: ${messageOf(error)}`);
    return [];
  }
}

/** How far the clocks of whoever noted something are apart at most, as each one's chrony estimates it. */
async function clocksApartMs(
  { context }: Pick<FaultTools, "context">,
  nodes: readonly string[],
): Promise<number | null> {
  const others = [callerOf(context.plan), routerOf(context.plan)].flatMap((machine) => machine?.name ?? []);
  const clocks = await Promise.all(
    [...nodes, ...others].map(async (name) => clockOf(await context.sessions.to(name)).catch(() => undefined)),
  );
  const offsets = clocks.map((clock) => (clock?.synchronised ? clock.offsetMs : NaN));
  const apart = Math.max(...offsets) - Math.min(...offsets);
  return Number.isNaN(apart) ? null : apart;
}
