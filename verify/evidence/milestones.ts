import { type JournalEvent, SAID } from "../../remote/journal.ts";
import { type NeighbourLook, learned } from "./neighbour.ts";
import type { Milestone, PartName } from "./outageParts.ts";
import { began, type Sample } from "./samples.ts";

/**
 * How the group moved:
 * - `death`: the other node heard nothing any more;
 * - `order`: it was ordered;
 * - `decision`: the watcher of the node that had it gave it up;
 * - `dropped`: the node that had it let it go, and told nobody;
 * - `nobody`: neither node had it, and one of them took it;
 * - `reboot`: both nodes were off;
 * - `alone`: both nodes were off, and one of them came back.
 */
export type Way = "death" | "order" | "decision" | "dropped" | "nobody" | "reboot" | "alone";

/** What is known of a move of the group. */
export interface MoveEvidence {
  readonly way: Way;
  /** When the fault came or the order was given, in seconds since 1970; or earlier. */
  readonly since: number;
  /** Who had the group, and who has it afterwards; may be the same node. */
  readonly from: string;
  readonly to: string;
  /** Whether a device has to confirm the death. */
  readonly fenced: boolean;
  /** When the nodes got their power back, after `reboot` and `alone`. */
  readonly powered?: number;
  readonly journal: (node: string) => readonly JournalEvent[];
  readonly samples: (node: string) => readonly Sample[];
  readonly neighbour: readonly NeighbourLook[];
}

interface Step {
  readonly ends: PartName;
  readonly on: "from" | "to";
  readonly says: RegExp;
  /** What a look at the node shows as soon as it has happened. */
  readonly shows?: (sample: Sample) => boolean;
}

const died: Step = { ends: "detection", on: "to", says: new RegExp(`${SAID.dead.source}|${SAID.ownerless.source}`) };
const decided: Step = {
  ends: "detection",
  on: "from",
  says: new RegExp(`${SAID.givenUp.source}|${SAID.linkDead.source}`),
};
const fenced: Step = { ends: "fencing", on: "to", says: SAID.fenced };
const booted: Step = { ends: "boot", on: "to", says: SAID.begins };
const drained: Step = { ends: "drain", on: "from", says: SAID.standbyAsked };
const released: Step = { ends: "release", on: "from", says: SAID.released, shows: ({ address }) => !address };
const handedOver: Step = { ends: "hand-over", on: "to", says: SAID.floatingIpBegins };
const addressed: Step = { ends: "address", on: "to", says: SAID.floatingIpEnded, shows: ({ address }) => address };

/** What leads to the next node's address, in this order. */
const CHAINS: Readonly<Record<Way, readonly Step[]>> = {
  death: [died, fenced],
  order: [drained, released, handedOver],
  decision: [decided, released, handedOver],
  dropped: [released, died, fenced],
  nobody: [died],
  reboot: [booted],
  alone: [booted, died, fenced],
};

/** Hosts note what they do a moment later, and not all at the same one. */
const SLACK_S = 0.1;

/** When what led to the first good answer happened; proxy and ARP, which wait for nothing but the address, as they came. */
export function milestonesOf(evidence: MoveEvidence): readonly Milestone[] {
  const { way, powered } = evidence;
  const found: Milestone[] = powered === undefined ? [] : [{ ends: "power", time: powered, withinMs: 0 }];
  const last = (): number => found.findLast(({ time }) => time !== undefined)?.time ?? evidence.since;
  for (const step of CHAINS[way]) {
    if (step !== fenced || evidence.fenced) found.push(seen(step, evidence, last()));
  }
  const begun = last();
  const taught = gatewayLearned(evidence);
  const address = earliest([seen(addressed, evidence, begun), { ...taught, ends: "address", withinMs: 0 }]);
  const started = seen({ ends: "proxy", on: "to", says: SAID.proxyStarted }, evidence, begun);
  const both = evidence.from === evidence.to ? [started] : [started, taught];
  return [...found, address, ...both.sort((one, other) => (one.time ?? Infinity) - (other.time ?? Infinity))];
}

/** The first proof after `after`, in a journal or by a look. */
function seen({ ends, on, says, shows }: Step, evidence: MoveEvidence, after: number): Milestone {
  const node = evidence[on];
  const from = after - SLACK_S;
  const lines = evidence.journal(node).filter(({ text }) => says.test(text));
  const noted = lines.map(({ time }) => Date.parse(time) / 1000).find((time) => time >= from);
  const looked = shows && began(evidence.samples(node), shows, from);
  return earliest([
    { ends, time: noted, withinMs: 0 },
    { ends, time: looked?.time, withinMs: looked?.withinMs ?? 0 },
  ]);
}

/** A gateway that is told by itself notes it at once; else it is looked at. */
function gatewayLearned({ neighbour, since }: MoveEvidence): Milestone {
  const look = learned(neighbour, since);
  if (look === undefined) return { ends: "ARP", time: undefined, withinMs: 0 };
  const before = neighbour.findLast(({ time }) => time < look.time)?.time ?? look.time;
  return { ends: "ARP", time: look.time, withinMs: look.told ? 0 : (look.time - before) * 1000 };
}

function earliest([first, ...others]: readonly [Milestone, ...Milestone[]]): Milestone {
  return others.reduce((best, one) => ((one.time ?? Infinity) < (best.time ?? Infinity) ? one : best), first);
}
