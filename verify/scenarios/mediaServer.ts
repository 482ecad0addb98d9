import { setTimeout as delay } from "node:timers/promises";
import type { BalancingPlan, MediaServerPlan } from "../../config/plan.ts";
import { eventually } from "../../remote/eventually.ts";
import { type Call, calls, callSucceeded, soundOf } from "../evidence/analysis.ts";
import { type CallOptions, PORTS } from "../phones/caller.ts";
import type { FaultTools } from "../context.ts";
import { mediaBounds, type MediaBounds } from "../bounds/mediaBounds.ts";
import type { PowerSwitch } from "../faults/power.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { ScenarioReport } from "../report/report.ts";
import { tellTrouble } from "./call.ts";
import { runScenario, type ScenarioLog } from "./scenario.ts";

/** As many calls as the dispatcher's own table of shares has places. */
const SPREAD = { label: "spread", port: PORTS.first, lengthMs: 300, count: 100, perSecond: 20 } as const;
const HEARD = { label: "heard", port: PORTS.first, lengthMs: 2000, count: 1 } as const;
/** Begins before the fault and goes on after the server is found dead. */
const TRAFFIC = { label: "traffic", port: PORTS.calls, lengthMs: 800, perSecond: 10 } as const;
const BACK = { label: "back", port: PORTS.open, lengthMs: 300, count: 100, perSecond: 20 } as const;
/** Traffic before the fault, in milliseconds. */
const LEAD_MS = 3000;
/** A direction of two seconds counts as heard with half a second of packets: a server may take its time to begin. */
const HEARD_PACKETS = 25;

/** The servers that get calls while all are well. */
export function firstChoice(servers: readonly MediaServerPlan[]): readonly MediaServerPlan[] {
  const highest = Math.max(...servers.map(({ priority }) => priority));
  return servers.filter(({ priority }) => priority === highest);
}

/** A number or name that is a call to the media servers. */
export function dialled({ users }: BalancingPlan): string {
  const [first = ""] = users;
  return first.replace("*", "001");
}

/** A media server dies under traffic: calls on it may be lost, no new one fails, and it gets calls again once it is back. */
export async function mediaServerDies(
  tools: FaultTools,
  active: string,
  victim: { readonly server: MediaServerPlan; readonly power: PowerSwitch },
): Promise<ScenarioReport> {
  const { context, phones } = tools;
  const { plan } = context;
  const { server, power } = victim;
  const bounds = mediaBounds(plan.balancing, plan.verification.tolerance);
  const call = (options: Omit<CallOptions, "from" | "to">): Promise<readonly string[]> =>
    tellTrouble(phones.caller.call({ ...options, from: phones.callingUser, to: { name: dialled(plan.balancing) } }));
  return runScenario(`media server ${server.name} dies`, context, async (log) => {
    await phones.caller.startRecord();
    log.step("one call is listened to, a hundred are spread by weight");
    log.notes.push(...(await call(HEARD)), ...(await call(SPREAD)));
    log.step(`${server.name} loses its power under traffic`);
    const lasting = LEAD_MS + bounds.removed.limit + 2 * plan.balancing.answerWithinMs;
    const traffic = call({ ...TRAFFIC, count: Math.ceil((lasting / 1000) * TRAFFIC.perSecond) });
    await delay(LEAD_MS);
    const died = await power.off();
    log.notes.push(...(await traffic));
    log.step(`${server.name} is switched on and answers by itself, then the proxy gives it calls again`);
    await power.on();
    const back = await comesBack(tools, active, server, bounds);
    log.step("a hundred calls are spread over all of them again");
    log.notes.push(...(await call(BACK)));
    const record = await phones.caller.stopRecord();
    judge(log, { record, bounds, tools, server, died });
    log.measures.push(
      { bound: bounds.answersItself, measured: back.answeredMs, lookAt: `the log of ${server.name}` },
      { bound: bounds.returned, measured: back.returnedMs, lookAt: `\`proxyctl media-servers\` on ${active}` },
    );
  });
}

interface Return {
  readonly answeredMs: number;
  readonly returnedMs: number;
}

async function comesBack(
  { context }: FaultTools,
  active: string,
  { name, address, port }: MediaServerPlan,
  bounds: MediaBounds,
): Promise<Return> {
  const session = await context.sessions.to(active);
  const poll = async (what: string, command: string, wanted: string, withinMs: number): Promise<number> => {
    const began = performance.now();
    return eventually(
      what,
      async () => {
        const said = await session.must(what, command);
        if (said.split("\n").includes(wanted)) return { met: true, value: performance.now() - began };
        return { met: false, seen: said.trim() };
      },
      { withinMs, everyMs: 100 },
    );
  };
  const own = `/usr/lib/sip-ha/observe sip-answers ${address} ${port}`;
  const answeredMs = await poll(`${name} answers SIP`, own, "yes", bounds.answersItself.limit);
  const listed = "sudo -n /usr/lib/sip-ha/proxyctl media-servers";
  // measured, not cut off, when it is late
  const returnedMs = await poll(`the proxy takes ${name} for alive`, listed, `${name} up`, 3 * bounds.returned.limit);
  return { answeredMs, returnedMs };
}

interface Evidence {
  readonly record: PacketRecord;
  readonly bounds: MediaBounds;
  readonly tools: FaultTools;
  readonly server: MediaServerPlan;
  readonly died: number;
}

function judge(log: ScenarioLog, { record, bounds, tools, server, died }: Evidence): void {
  const { plan } = tools.context;
  const floatingIp = plan.floatingIp.address;
  const of = (label: string): readonly Call[] => calls(record, label, floatingIp);
  const servers = firstChoice(plan.mediaServers);
  const proxyLog = "`journalctl -u sip-ha-proxy` on the active node";
  const heard = of("heard").flatMap((call) => soundOf(record, call, floatingIp));
  const fate = fateOf(of("traffic"), server.address, died, plan.balancing.answerWithinMs);
  const quiet = [...of("heard"), ...of("spread"), ...of("back")].filter((call) => !callSucceeded(call)).length;
  const missing =
    HEARD.count + SPREAD.count + BACK.count - of("heard").length - of("spread").length - of("back").length;
  log.measures.push(
    {
      bound: bounds.silentDirections,
      measured: 2 - heard.filter(({ packets }) => packets >= HEARD_PACKETS).length,
      lookAt: "`journalctl -u sip-ha-relay` on the active node",
    },
    ...(plan.balancing.algorithm === "weight"
      ? [
          {
            bound: bounds.deviation,
            measured: deviation(of("spread"), servers),
            lookAt: "/etc/kamailio/dispatcher.list",
          },
        ]
      : []),
    { bound: bounds.failedCalls, measured: quiet + missing + fate.failed, lookAt: proxyLog },
    { bound: bounds.lostElsewhere, measured: fate.lostElsewhere, lookAt: proxyLog },
    { bound: bounds.removed, measured: fate.lastDetourMs, lookAt: proxyLog },
  );
  log.notes.push(
    `spread: ${sharesText(of("spread"), servers)}; after the return: ${sharesText(of("back"), servers)}`,
    `${fate.lost} calls were on ${server.name} when it died and ended with it; ${fate.detours} new ones waited for its answer and went on to another`,
  );
  const again = of("back").filter(({ answeredBy }) => answeredBy === server.address).length;
  if (again === 0) throw new Error(`${server.name} is back and got none of ${BACK.count} calls`);
}

/** What became of the calls around the death of a server. */
export interface Fate {
  /** Calls on the dead server that ended with it. */
  readonly lost: number;
  readonly lostElsewhere: number;
  /** Calls without an answer, or refused. */
  readonly failed: number;
  /** Calls that waited for the dead server first. */
  readonly detours: number;
  /** From the death to the last call that still waited for it. */
  readonly lastDetourMs: number;
}

/** Who was asked second answers after the first's time to answer, less the coarseness of the proxy's timer. */
const DETOUR_SHARE = 0.9;

/**
 * @param died seconds since 1970
 * @param answerWithinMs how long a call waits for the server that it was given to
 */
export function fateOf(all: readonly Call[], dead: string, died: number, answerWithinMs: number): Fate {
  const failed = all.filter(({ answered }) => answered === undefined).length;
  const broken = all.filter((call) => call.answered !== undefined && !callSucceeded(call));
  const lost = broken.filter((call) => call.answeredBy === dead && (call.answered ?? 0) <= died).length;
  const detours = all.filter(({ invited, answered }) => {
    return answered !== undefined && answered > died && answered - invited > (answerWithinMs / 1000) * DETOUR_SHARE;
  });
  const last = Math.max(died, ...detours.map(({ invited }) => invited));
  return {
    lost,
    lostElsewhere: broken.length - lost,
    failed,
    detours: detours.length,
    lastDetourMs: (last - died) * 1000,
  };
}

/** By how many calls in a hundred a server got more or less than its weight promises; the largest of all. */
export function deviation(all: readonly Call[], servers: readonly MediaServerPlan[]): number {
  const total = servers.reduce((sum, { weight }) => sum + weight, 0);
  return Math.max(
    ...servers.map(({ address, weight }) => {
      const got = all.filter(({ answeredBy }) => answeredBy === address).length;
      return Math.round(Math.abs((got / all.length) * 100 - (weight / total) * 100));
    }),
  );
}

function sharesText(all: readonly Call[], servers: readonly MediaServerPlan[]): string {
  return servers
    .map(({ name, address }) => `${name} ${all.filter(({ answeredBy }) => answeredBy === address).length}`)
    .join(", ");
}
