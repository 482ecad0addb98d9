import { type FaultTools, powerOf } from "../context.ts";
import { isolate } from "../faults/isolation.ts";
import type { ScenarioReport } from "../report/report.ts";
import { fencedTakeover } from "../scenarios/fencedTakeover.ts";
import { flappingPeer } from "../scenarios/flappingPeer.ts";
import { cardsOf, lossesBorne, unheard } from "../scenarios/heartbeatsLost.ts";
import { isolated, isolationSeconds } from "../scenarios/isolated.ts";
import { publicLinkCut } from "../scenarios/publicLink.ts";
import { cutPaths, type Cut } from "../faults/cut.ts";
import type { CatalogueEntry, Turn } from "./entry.ts";

/** The public card of every node. */
const PUBLIC = "eth1";
const LOSS = { percent: 20, seconds: 60 } as const;

/** Scenarios in which the networks between the nodes, or around one, fail. */
export const networkEntries: readonly CatalogueEntry[] = [
  {
    name: "public-link-of-active-cut",
    rows: [10],
    title: "the public link of the active node dies: the group moves to the node that sees the gateway",
    harm: "fault",
    run: (tools, turn) => publicLinkCut(tools, turn, PUBLIC),
  },
  {
    name: "isolated",
    rows: [11],
    title: "all links of the active node die: it lets the group go by itself, the other one takes over",
    harm: "fault",
    run: runIsolated,
  },
  {
    name: "one-way-borne",
    rows: [12],
    title: "heartbeats are lost one way, on one path, and on all of them towards the active node: the group stays",
    harm: "fault",
    run: runBorne,
  },
  {
    name: "one-way-loss",
    rows: [12],
    title: "no heartbeat of the active node arrives at the standby, which it hears: one owner is left",
    harm: "fault",
    run: runUnheard,
  },
  {
    name: "loss-20-percent",
    rows: [13],
    title: `${LOSS.percent} % of all heartbeats are lost for ${LOSS.seconds} s, both ways: the group stays`,
    harm: "fault",
    run: (tools, turn) =>
      lossesBorne(tools, turn, `${LOSS.percent} % loss on every heartbeat path`, [
        {
          step: `${LOSS.percent} % of the heartbeats are lost on each path, both ways, for ${LOSS.seconds} s`,
          cards: cardsOf(tools),
          kind: { lossPercent: LOSS.percent },
          on: tools.context.plan.nodes.map(({ name }) => name),
          seconds: LOSS.seconds,
        },
      ]),
  },
  {
    name: "flapping-peer",
    rows: [17],
    title: "the standby dies and comes back three times: the group never moves",
    harm: "fault",
    unavailable: (tools, active) => {
      const standby = tools.context.peerOf(active);
      return tools.power(standby) ? undefined : `nothing can switch ${standby} off and on from outside`;
    },
    run: (tools, turn) => flappingPeer(tools, turn, powerOf(tools, tools.context.peerOf(turn.active))),
  },
];

function runIsolated(tools: FaultTools, turn: Turn): Promise<ScenarioReport> {
  const { plan } = tools.context;
  const cards = [...new Set(["eth0", PUBLIC, ...cardsOf(tools)])];
  if (plan.fencing.kind === "none") return isolated(tools, turn, cards);
  return fencedTakeover(tools, turn, {
    title: `${turn.active} isolated`,
    step: `every cable of ${turn.active}, which is active, is pulled`,
    begin: async () => {
      const session = await tools.context.sessions.to(turn.active);
      return (await isolate(session, cards, isolationSeconds(plan))).since;
    },
    // a node that was shot boots with its cables
    end: () => Promise.resolve(),
  });
}

function runBorne(tools: FaultTools, turn: Turn): Promise<ScenarioReport> {
  const { context } = tools;
  const cards = cardsOf(tools);
  const standby = context.peerOf(turn.active);
  const seconds = Math.ceil((3 * context.plan.timing.deadtimeMs) / 1000);
  const single =
    cards.length < 2
      ? []
      : [
          {
            step: `nothing of ${turn.active} arrives at ${standby} on ${cards[0] ?? ""}`,
            cards: cards.slice(0, 1),
            kind: "deaf" as const,
            on: [standby],
            seconds,
          },
        ];
  return lossesBorne(tools, turn, "heartbeats lost one way, borne", [
    ...single,
    {
      step: `nothing of ${standby} arrives at ${turn.active}, on any path; the other way everything does`,
      cards,
      kind: "deaf",
      on: [turn.active],
      seconds,
    },
  ]);
}

function runUnheard(tools: FaultTools, turn: Turn): Promise<ScenarioReport> {
  const { context } = tools;
  if (context.plan.fencing.kind === "none") return unheard(tools, turn);
  const standby = context.peerOf(turn.active);
  let cut: Cut | undefined;
  return fencedTakeover(tools, turn, {
    title: `${standby} does not hear ${turn.active}`,
    step: `nothing of ${turn.active} arrives at ${standby}, which it hears`,
    begin: async () => {
      cut = await cutPaths(context, cardsOf(tools), { on: [standby], kind: "deaf" });
      return cut.since;
    },
    end: async () => cut?.heal(),
  });
}
