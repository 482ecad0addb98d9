import { eventually } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { LineStream } from "../../remote/session.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { held } from "../faults/held.ts";
import { machineBounds } from "../bounds/machineBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { ailing } from "./ailing.ts";

/** Longer than anybody waits before he writes again, in milliseconds. */
const LASTS_MS = 5000;
/** Far above the bound: a late alarm shall be measured, not cut off. */
const GIVE_UP_MS = 60_000;

/** Nothing can be written on a node any more: it says so, serves on, and gives the group up or takes it. */
export async function diskFull(tools: FaultTools, turn: Turn, node: string): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const bounds = machineBounds(timing, verification.tolerance);
  let full: LineStream | undefined;
  return ailing(tools, turn, {
    title: `disk of ${node} full`,
    step: `nothing can be written below /var, /etc and /tmp of ${node}, which is ${node === turn.active ? "active" : "standby"}`,
    begin: async () => {
      full = await held(await context.sessions.to(node), "fill-disk", "full");
    },
    end: async () => {
      await full?.stop();
      full = undefined;
    },
    lastsMs: LASTS_MS,
    callsMayFail: false,
    outage: context.bounds.switchoverOutage,
    thenSwitch: true,
    look: async (since) => {
      const told = await tellsOfDisk(tools, node);
      const lookAt = `\`journalctl -u sip-ha-watcher\` on ${node}`;
      return [{ bound: bounds.diskAlarm, measured: (told - since) * 1000, lookAt }];
    },
  });
}

async function tellsOfDisk({ context }: FaultTools, node: string): Promise<number> {
  return eventually(
    `${node} tells that its disk is full`,
    async () => {
      const { disk } = await engine.watcher(await context.sessions.to(node));
      if (disk.full.length > 0) return { met: true, value: Date.now() / 1000 };
      return { met: false, seen: "no full disk" };
    },
    { withinMs: GIVE_UP_MS, everyMs: 200 },
  );
}
