import { eventually } from "../../remote/eventually.ts";
import { PORTS } from "../../verify/phones/caller.ts";
import { dialled } from "../../verify/scenarios/mediaServer.ts";
import { activeNode, NODES } from "./lab.ts";
import { onCaller } from "./phonesOf.ts";
import { inMachine, type Sandbox } from "./sandbox.ts";

/** Longer than all of them take to begin and the group to move, in milliseconds. */
const LENGTH_MS = 25_000;
const MOVED_MS = 15_000;

/**
 * Two calls to the media servers, then the group moves, then two more: how many of the four each server has, as it says itself.
 * A node that has forgotten the first two spreads the others like those.
 */
export async function sharesAcrossSwitchover(sandbox: Sandbox, servers: readonly string[]): Promise<readonly number[]> {
  return onCaller(sandbox, async ({ phones, context }) => {
    const to = { name: dialled(context.plan.balancing) };
    const two = { from: phones.callingUser, to, lengthMs: LENGTH_MS, count: 2, perSecond: 2 };
    const first = phones.caller.call({ ...two, label: "first", port: PORTS.first });
    await callsOn(servers, 2);
    await moveGroup();
    const more = phones.caller.call({ ...two, label: "more", port: PORTS.calls });
    const shares = await callsOn(servers, 4);
    await Promise.all([first, more]);
    return shares;
  });
}

async function moveGroup(): Promise<void> {
  const from = await activeNode();
  const [to = ""] = NODES.filter((node) => node !== from);
  await inMachine(from, "/usr/lib/sip-ha/engine", "standby", "test");
  const look = async () => {
    const active = await activeNode();
    return active === to ? ({ met: true, value: undefined } as const) : ({ met: false, seen: active } as const);
  };
  await eventually(`${to} has the group`, look, { withinMs: MOVED_MS, everyMs: 100 });
}

async function callsOn(servers: readonly string[], wanted: number): Promise<readonly number[]> {
  const look = async () => {
    const shares = await Promise.all(servers.map(channels));
    const all = shares.reduce((sum, share) => sum + share, 0);
    return all === wanted
      ? ({ met: true, value: shares } as const)
      : ({ met: false, seen: shares.join(", ") } as const);
  };
  return eventually(`${wanted} calls are on the servers`, look, { withinMs: MOVED_MS, everyMs: 100 });
}

async function channels(server: string): Promise<number> {
  const asterisk = ["asterisk", "-C", "/etc/sip-ha/asterisk/asterisk.conf", "-rx", "core show channels count"];
  return Number(/(\d+) active call/.exec(await inMachine(server, ...asterisk))?.[1] ?? NaN);
}
