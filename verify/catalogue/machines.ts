import { powerOf } from "../context.ts";
import { type BothDead, bothDead } from "../scenarios/bothDead.ts";
import { diskFull } from "../scenarios/diskFull.ts";
import { standbyDead } from "../scenarios/standbyDead.ts";
import { memoryUnlimited, starvation } from "../scenarios/starvation.ts";
import { wrongKey } from "../scenarios/wrongKey.ts";
import { type CatalogueEntry, withoutPower } from "./entry.ts";

/** Nobody but the machine itself may set its clock, and a container's is that of the controller. */
const CLOCK = "the lab's machines are containers, whose clock is the controller's own, which is not set";

/** Scenarios of whole machines, beside the death of the active node. */
export const machineEntries: readonly CatalogueEntry[] = [
  {
    name: "standby-dead",
    rows: [14],
    title: "the standby loses its power: an alarm and nothing else, and it comes back",
    harm: "fault",
    unavailable: (tools, active) => withoutPower(tools, [tools.context.peerOf(active)]),
    run: (tools, turn) => standbyDead(tools, turn, powerOf(tools, tools.context.peerOf(turn.active))),
  },
  bothDeadEntry("standby-then-active", [14], {
    title: "power-off of the standby, then of the active node",
    oneByOne: true,
  }),
  bothDeadEntry("both-dead", [15, 16], { title: "power-off of both nodes at once", oneByOne: false }),
  {
    name: "starvation",
    rows: [22],
    title: "the active node's processors are saturated for 20 s: no takeover, and service goes on",
    harm: "fault",
    run: (tools, turn) => starvation(tools, turn, "processors"),
  },
  {
    name: "memory-starvation",
    rows: [22],
    title: "the active node's services run out of memory for 20 s: no takeover, and service goes on",
    harm: "fault",
    unavailable: memoryUnlimited,
    run: (tools, turn) => starvation(tools, turn, "memory"),
  },
  ...(["active", "standby"] as const).map((role): CatalogueEntry => ({
    name: role === "active" ? "disk-full" : "disk-full-standby",
    rows: [20],
    title: `the disk of the ${role} node is full: an alarm, service goes on, and a switchover works`,
    harm: "fault",
    run: (tools, turn) => diskFull(tools, turn, role === "active" ? turn.active : tools.context.peerOf(turn.active)),
  })),
  {
    name: "wrong-authkeys",
    rows: [25],
    title: "another heartbeat key lies on the standby: its Heartbeat refuses to start, and nothing else happens",
    harm: "fault",
    run: wrongKey,
  },
  {
    name: "clock-step",
    rows: [21],
    title: "the clock of the active node steps by 300 s",
    harm: "fault",
    unavailable: () => CLOCK,
    run: () => Promise.reject(new Error(CLOCK)),
  },
];

function bothDeadEntry(name: string, rows: readonly number[], kind: BothDead): CatalogueEntry {
  return {
    name,
    rows,
    title: kind.oneByOne
      ? "the standby dies, then the active node; both boot, one after the other: one owner"
      : "both nodes die and boot at the same moment: one owner, never two",
    harm: "fault",
    unavailable: (tools, active) => withoutPower(tools, [active, tools.context.peerOf(active)]),
    run: (tools, turn) => bothDead(tools, turn, kind),
  };
}
