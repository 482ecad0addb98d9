import type { LineStream } from "../../remote/session.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { held } from "../faults/held.ts";
import { machineBounds } from "../bounds/machineBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { ailing } from "./ailing.ts";

/** Long after a node that hears nobody would have taken the group, beside deadtime and initdead. */
const LONGER_MS = 5000;

/** Another key lies on the standby, whose Heartbeat is started again: it refuses, and the group stays where it is. */
export async function wrongKey(tools: FaultTools, turn: Turn): Promise<ScenarioReport> {
  const { context } = tools;
  const { timing, verification } = context.plan;
  const node = context.peerOf(turn.active);
  let wrong: LineStream | undefined;
  return ailing(tools, turn, {
    title: `another heartbeat key on ${node}`,
    step: `another key is put on ${node}, which is standby, and its Heartbeat is started again`,
    begin: async () => {
      const session = await context.sessions.to(node);
      wrong = await held(session, "wrong-key", "changed");
      await session.run("sudo -n systemctl restart heartbeat.service", { timeoutMs: 60_000 });
    },
    end: async () => {
      await wrong?.stop();
      wrong = undefined;
    },
    lastsMs: timing.initdeadMs + timing.deadtimeMs + LONGER_MS,
    callsMayFail: false,
    outage: machineBounds(timing, verification.tolerance).undisturbedOutage,
    thenSwitch: false,
    look: async () => {
      const session = await context.sessions.to(node);
      const { code } = await session.run("systemctl is-active --quiet heartbeat.service");
      const lookAt = `\`journalctl -u heartbeat\` on ${node}`;
      const { wrongKeyStarts } = machineBounds(timing, verification.tolerance);
      return [{ bound: wrongKeyStarts, measured: code === 0 ? 1 : 0, lookAt }];
    },
  });
}
