import type { FaultTools } from "../context.ts";
import { crashLoop, type DaemonFault, daemonFault, ownerless, undoCrashLoop } from "../scenarios/daemons.ts";
import type { CatalogueEntry } from "./entry.ts";

const FAULTS: readonly (DaemonFault & Pick<CatalogueEntry, "rows" | "title">)[] = [
  {
    name: "proxy-crash",
    rows: [1],
    title: "the proxy of the active node is killed",
    daemon: "proxy",
    kill: "--kill-who=main --signal=KILL",
    bound: ({ context }) => context.bounds.proxyCrashOutage,
  },
  {
    name: "proxy-hang",
    rows: [2],
    title: "the proxy of the active node stands still",
    daemon: "proxy",
    kill: "--kill-who=all --signal=STOP",
    bound: ({ context }) => context.bounds.proxyHungOutage,
  },
  {
    name: "relay-crash",
    rows: [4],
    title: "the relay of the active node is killed",
    daemon: "relay",
    kill: "--kill-who=main --signal=KILL",
    bound: ({ context }) => context.bounds.relayCrashOutage,
  },
  {
    name: "relay-hang",
    rows: [4],
    title: "the relay of the active node stands still",
    daemon: "relay",
    kill: "--kill-who=all --signal=STOP",
    bound: ({ context }) => context.bounds.relayHungOutage,
  },
];

function withoutRelay({ context }: FaultTools): string | undefined {
  return context.plan.relay === "none" ? "this cluster has no relay" : undefined;
}

/** Faults of single daemons, and a group that nobody has: what the watcher of a node is there for. */
export const daemonEntries: readonly CatalogueEntry[] = [
  ...FAULTS.map((fault): CatalogueEntry => ({
    name: fault.name,
    rows: fault.rows,
    title: fault.title,
    harm: "fault",
    ...(fault.daemon === "relay" ? { unavailable: withoutRelay } : {}),
    run: (tools, { active, load }) => daemonFault(tools, active, load, fault),
  })),
  {
    name: "crash-loop",
    rows: [3],
    title: "the proxy crashes again after every restart: the group moves, once",
    harm: "fault",
    run: (tools, { active, load, restoration }) => {
      restoration.add(`the proxy of ${active}`, () => undoCrashLoop(tools, active));
      return crashLoop(tools, active, load);
    },
  },
  {
    name: "ownerless",
    rows: [31],
    title: "both nodes are well, and nobody owns the group",
    harm: "fault",
    run: (tools, { active, load }) => ownerless(tools, active, load),
  },
];
