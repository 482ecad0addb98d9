import { type JournalEvent, SAID } from "../../remote/journal.ts";

/** What one node knows of the group and of the time around the last move. */
export interface NodeStory {
  readonly node: string;
  readonly role: string;
  /** Since when it has the group, ISO 8601; null when it has not. */
  readonly since: string | null;
  readonly events: readonly JournalEvent[];
}

export interface TimelineLine extends JournalEvent {
  readonly node: string;
}

/** Why the active node is the active one. */
export interface Explanation {
  readonly active: string | null;
  readonly since: string | null;
  readonly why: string;
  readonly timeline: readonly TimelineLine[];
}

/** What is told before and after the moment at which the group came, in milliseconds. */
const BEFORE_MS = 60_000;
const AFTER_MS = 15_000;

/** Lines that say what happened; the rest of what Heartbeat and systemd log says how. */
const TELLING: readonly RegExp[] = [
  /^sip-ha-watcher(\[|:)/,
  /is dead|dead node|Link .* (dead|up)|standby|takeover|takegroup|givegroup|acquisition|Resetting node|STONITH|split|Restarting|shutting down|Starting heartbeat/i,
  /^systemd.*(Main process exited|Failed with result|Started|Stopped|Stopping|Killing)/,
];

interface Cause {
  readonly from: "active" | "peer";
  readonly pattern: RegExp;
  readonly why: (active: string, peer: string, found: string) => string;
}

/** From the most to the least certain: what a program decided is better than what Heartbeat noticed of it. */
const CAUSES: readonly Cause[] = [
  {
    from: "peer",
    pattern: SAID.givenUp,
    why: (_, peer, found) => `the supervision of ${peer} gave the group up: ${found}`,
  },
  {
    from: "peer",
    pattern: SAID.linkDead,
    why: (active, peer, found) => `${peer} gave the group to ${active}: ${found.replace(" here", ` on ${peer}`)}`,
  },
  {
    from: "peer",
    pattern: /(this node reaches nobody.*)/,
    why: (active, peer) => `${peer} reached nobody any more and let the group go; ${active} heard nothing from it`,
  },
  {
    from: "active",
    pattern: SAID.ownerless,
    why: (active, _, found) => `nobody had had the group for ${found}, and ${active} took it`,
  },
  {
    from: "peer",
    pattern: /ordered here: ((?:standby|relinquish).*)/,
    why: (_, peer, found) => `it was ordered on ${peer}: ${found}`,
  },
  {
    from: "active",
    pattern: /ordered here: (takeover.*)/,
    why: (active, _, found) => `it was ordered on ${active}: ${found}`,
  },
  {
    from: "active",
    pattern: SAID.dead,
    why: (active, _, found) => `${active} heard nothing from ${found} any more`,
  },
  {
    from: "active",
    pattern: /(Acquiring resource group|acquisition complete|takegroup)/i,
    why: (active) => `Heartbeat started the group on ${active}, which nobody else had`,
  },
];

/** Explains from what the nodes said; pure. */
export function explain(nodes: readonly NodeStory[]): Explanation {
  const owner = nodes.find(({ role, since }) => role === "active" && since !== null);
  if (!owner?.since) {
    const said = nodes.map(({ node, role }) => `${node} is ${role}`).join(", ");
    return { active: null, since: null, why: `no node has the group: ${said || "no node answers"}`, timeline: [] };
  }
  const moved = Date.parse(owner.since);
  const timeline = nodes
    .flatMap(({ node, events }) => events.map((event) => ({ ...event, node })))
    .filter(({ time, text }) => isNear(time, moved) && TELLING.some((pattern) => pattern.test(text)))
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  return { active: owner.node, since: owner.since, why: cause(owner.node, nodes, timeline, moved), timeline };
}

function isNear(time: string, moved: number): boolean {
  const at = Date.parse(time);
  return at >= moved - BEFORE_MS && at <= moved + AFTER_MS;
}

/** The last matching line before the group came; its time is known to the second only. */
function cause(active: string, nodes: readonly NodeStory[], timeline: readonly TimelineLine[], moved: number): string {
  const peer = nodes.find(({ node }) => node !== active)?.node ?? "the other node";
  const before = timeline.filter(({ time }) => Date.parse(time) < moved + 1000).reverse();
  for (const { from, pattern, why } of CAUSES) {
    for (const line of before) {
      if ((from === "active") !== (line.node === active)) continue;
      const found = pattern.exec(line.text)?.[1];
      if (found !== undefined) return why(active, peer, found);
    }
  }
  return "the journals of that time do not tell";
}

/** For people; ends with a newline. */
export function explanationText({ active, since, why, timeline }: Explanation): string {
  if (active === null) return `active   none\nwhy      ${why}\n`;
  const width = Math.max(0, ...timeline.map(({ node }) => node.length));
  const lines = timeline.map(({ time, node, text }) => `  ${time.slice(11, 23)}  ${node.padEnd(width)}  ${text}`);
  return [`active   ${active}, since ${since ?? ""}`, `why      ${why}`, "", "timeline (UTC)", ...lines, ""].join("\n");
}
