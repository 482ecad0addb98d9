import { routerOf } from "../../config/plan.ts";
import { all, eventually, messageOf } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import {
  acknowledged,
  calls,
  interruptions,
  outage,
  probes,
  type Span,
  standstills,
  withoutLastWords,
} from "../evidence/analysis.ts";
import type { Bound } from "../bounds/bound.ts";
import { PORTS } from "../phones/caller.ts";
import { FEW, type Registrations } from "../phones/registrations.ts";
import type { FaultTools } from "../context.ts";
import { learnedAfterMs } from "../evidence/neighbour.ts";
import { Observer } from "../evidence/observer.ts";
import { OpenCalls } from "../openCalls/openCalls.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Lane, Measure, Timeline, TimelineEvent } from "../report/report.ts";
import { dualOwnerMs, spansWhere, strayRouteMs, type Sample } from "../evidence/samples.ts";
import { LISTEN_MS, phonesReady, tellTrouble } from "./call.ts";
import type { ScenarioLog } from "./scenario.ts";

export const PROBES_PER_SECOND = 50;
/** Bounds the probe even if nobody stops it. */
const PROBED_FOR_S = 60;
/** Below this a gap between two answers is the probe's own pace. */
const INTERRUPTION_MS = 100;
/** Of a probe that sends every 20 ms: its own machine stood still, not the cluster. */
const STANDSTILL_MS = 250;
/** Calls of the open phone last longer than any takeover within its bound. */
const OPEN_CALL_MS = 7000;
/** Calls that begin and end around the fault. */
const SHORT_CALLS = { label: "short", port: PORTS.calls, lengthMs: 300, count: 30, perSecond: 10 } as const;

/** What runs beside a fault: record, looks at the nodes, probe, an open call, registrations. */
export class Measuring {
  readonly #tools: FaultTools;
  readonly #probedForS: number;
  readonly observer: Observer;
  /** Calls in every state, which the phones use and end after the fault. */
  readonly openCalls: OpenCalls;
  readonly events: TimelineEvent[] = [];
  /** What the phones' programs complained of; the record alone judges. */
  readonly troubles: string[] = [];
  #background: Promise<void>[] = [];

  /** @param probedForS when the probe ends by itself, at most 300 seconds */
  constructor(tools: FaultTools, probedForS = PROBED_FOR_S) {
    this.#tools = tools;
    this.#probedForS = probedForS;
    this.observer = new Observer(tools.context.plan);
    this.openCalls = new OpenCalls(tools);
  }

  /**
   * Starts everything and waits until it is under way.
   *
   * @param load pattern of the users that are registered meanwhile
   * @param active the node that serves until the fault
   * @param registrations how many users those are, and how fast they come
   */
  async start(load: string, active: string, registrations = FEW): Promise<void> {
    await this.#record();
    await this.openCalls.begin(active);
    await this.#underLoad(load, registrations);
  }

  async #record(): Promise<void> {
    const { context, phones } = this.#tools;
    const nodes = await Promise.all(context.plan.nodes.map((node) => context.sessions.to(node.name)));
    await phonesReady(this.#tools);
    const router = routerOf(context.plan);
    const gateway = router && (await context.sessions.to(router.name));
    if (!gateway) this.troubles.push("the neighbour's ARP entry was not looked at: no router was given");
    await Promise.all([
      ...nodes.map((session) => this.observer.watch(session)),
      gateway && this.observer.watchGateway(gateway),
      phones.caller.startRecord(),
    ]);
  }

  async #underLoad(load: string, { users, perSecond }: Registrations): Promise<void> {
    const { caller, callingUser, calledUser, table } = this.#tools.phones;
    const before = (await table.registered()).size;
    await caller.startProbe(PROBES_PER_SECOND, this.#probedForS * PROBES_PER_SECOND);
    const pair = { from: callingUser, to: calledUser };
    this.beside(caller.call({ ...pair, label: "open", port: PORTS.open, lengthMs: OPEN_CALL_MS }));
    this.beside(caller.call({ ...pair, ...SHORT_CALLS }));
    this.beside(caller.register("load", load, PORTS.load, perSecond));
    await eventually(
      "registrations are under way",
      async () => {
        const now = (await table.registered()).size;
        return now - before >= users / 10
          ? { met: true, value: undefined }
          : { met: false, seen: `${now - before} contacts so far` };
      },
      { withinMs: 10_000 },
    );
  }

  /** Something that runs beside the scenario and is awaited at its end. */
  beside(work: Promise<void>): void {
    this.#background.push(
      work.catch((error: unknown) => {
        this.troubles.push(messageOf(error));
      }),
    );
  }

  event(kind: TimelineEvent["kind"], text: string, time = Date.now() / 1000): number {
    this.events.push({ kind, text, time });
    return time;
  }

  /** Waits until a node holds the address and the route and its proxy listens; seconds since 1970 of that look. */
  async serving(node: string, since: number, withinMs: number): Promise<number> {
    return (await this.oneServes([node], since, withinMs)).time;
  }

  /** {@link serving} of whichever of these nodes it is first. */
  async oneServes(
    nodes: readonly string[],
    since: number,
    withinMs: number,
  ): Promise<{ readonly node: string; readonly time: number }> {
    const fits = (sample: Sample): boolean => sample.time > since && sample.address && sample.route && sample.proxy;
    return eventually(
      `${nodes.join(" or ")} holds the floating IP and the default route, and its proxy listens`,
      () => {
        for (const node of nodes) {
          const found = this.observer.of(node).find(fits);
          if (found) return Promise.resolve({ met: true, value: { node, time: found.time } });
        }
        const seen = nodes.map((node) => JSON.stringify(this.observer.of(node).at(-1) ?? "no look yet"));
        return Promise.resolve({ met: false, seen: seen.join("; ") });
      },
      { withinMs, everyMs: 20 },
    );
  }

  /** Waits for what runs beside, then reads the record. */
  async finish(): Promise<PacketRecord> {
    await Promise.all(this.#background.splice(0));
    await this.#tools.phones.caller.stopProbe();
    return this.#tools.phones.caller.stopRecord();
  }

  /** Ends the looks at the nodes; the parts on the caller end with the run. */
  async stop(): Promise<void> {
    await this.observer.stop();
  }
}

/** What phones do as soon as `node` serves: a new call, and whatever can be done with the calls from before. */
export async function callAgain(
  { phones }: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  node: string,
): Promise<void> {
  log.step("the called phone is reached without having registered again; both hear each other");
  const pair = { from: phones.callingUser, to: phones.calledUser };
  const first = phones.caller.call({ ...pair, label: "first", port: PORTS.first, lengthMs: LISTEN_MS });
  log.step("phones of open calls re-INVITE and hang up; calls that rang are answered or given up");
  const troubles = await all([tellTrouble(first), measuring.openCalls.use(node).then(() => [])]);
  log.notes.push(...troubles.flat());
}

/**
 * The outage as a phone would notice it, and what else the record says of the probe.
 *
 * @param frozen when a frozen node could not have served, see {@link withoutLastWords}
 */
export function probeFindings(
  record: PacketRecord,
  fault: number,
  frozen?: Span,
): { readonly span: Span; readonly notes: string[] } {
  const all = frozen === undefined ? probes(record) : withoutLastWords(probes(record), frozen);
  const span = outage(all, fault);
  const unanswered = all.filter((probe) => probe.answered === undefined).length;
  const lengths = (gaps: readonly Span[]): string[] => gaps.map((gap) => `${Math.round(milliseconds(gap))} ms`);
  const gaps = lengths(interruptions(all, INTERRUPTION_MS)).join(", ");
  return {
    span,
    notes: [
      `${all.length} OPTIONS at ${PROBES_PER_SECOND} per second, ${unanswered} of them unanswered`,
      `gaps above ${INTERRUPTION_MS} ms between good answers: ${gaps || "none"}`,
      ...lengths(standstills(all, STANDSTILL_MS)).map(
        (time) => `the caller itself sent nothing for ${time}: its machine stood still, and times are too long`,
      ),
    ],
  };
}

/** Tells whether proxy and relay are the same processes as at an earlier look, and the group where it was. */
export async function daemonsOf(session: Session): Promise<string> {
  const command = "systemctl show -p MainPID --value sip-ha-proxy.service sip-ha-relay.service";
  const { role } = await engine.owner(session);
  return `${await session.must("look at proxy and relay", command)} ${role}`;
}

export function milliseconds(span: Span): number {
  return (span.to - span.from) * 1000;
}

/**
 * Measures that hold in every scenario: one owner, no stray route, no acknowledged REGISTER lost, BYEs answered.
 *
 * @param options.except the one that cannot hold in this scenario
 */
export async function invariants(
  tools: FaultTools,
  measuring: Measuring,
  record: PacketRecord,
  { except }: { readonly except?: Bound } = {},
): Promise<Measure[]> {
  const { bounds, plan } = tools.context;
  const samples = plan.nodes.map((node) => measuring.observer.of(node.name));
  const promised = acknowledged(record, "load");
  const kept = await tools.phones.table.registered();
  const lost = [...promised].filter((user) => !kept.has(user)).length;
  const open = calls(record, "open", plan.floatingIp.address);
  const noBye = open.filter((call) => call.answered !== undefined && call.byeAnswered === undefined).length;
  const events = "`engine events` on both nodes and the picture of the report";
  const held: Measure[] = [
    { bound: bounds.dualOwner, measured: dualOwnerMs(samples), lookAt: events },
    { bound: bounds.standbyRoute, measured: Math.max(...samples.map(strayRouteMs)), lookAt: events },
    {
      bound: bounds.lostRegistrations,
      measured: lost,
      lookAt: "table location on the database host, usrloc in the configuration of the proxy",
    },
    {
      bound: bounds.openCallsWithoutBye,
      measured: noBye,
      lookAt: "record_route and WITHINDLG in the configuration of the proxy",
    },
  ];
  return held.filter(({ bound }) => bound !== except);
}

/** The last look at which a node had not the address that it has later; `fault` where there is none after it. */
export function lastWithout(measuring: Measuring, node: string, fault: number): number {
  const looks = measuring.observer.of(node);
  const had = looks.findIndex((sample) => sample.address && sample.time > fault);
  return Math.max(fault, looks[had - 1]?.time ?? fault);
}

/** How long the gateway went on sending to the node of before; nothing where nobody can look at the gateway. */
export function neighbourMeasures(tools: FaultTools, measuring: Measuring, to: string, fault: number): Measure[] {
  if (routerOf(tools.context.plan) === undefined) return [];
  const measured = learnedAfterMs(measuring.observer.neighbour, fault, lastWithout(measuring, to, fault));
  const lookAt = `/usr/lib/sip-ha/announce on ${to}`;
  return [{ bound: tools.context.bounds.neighbourUpdated, measured, lookAt }];
}

/** How many registrations were promised while the fault lasted: a bound met with none would prove nothing. */
export function registrationNote(record: PacketRecord): string {
  return `${acknowledged(record, "load").size} REGISTERs acknowledged around the fault`;
}

/** The picture of the fault: who held what, what the probe saw, when sound came to the phones. */
export function closeUp(measuring: Measuring, record: PacketRecord, noService: Span, floatingIp: string): Timeline {
  const answered = probes(record).flatMap((probe) => probe.answered ?? []);
  const sound = record.filter((row) => row.rtp && row.source.address === floatingIp).map((row) => row.time);
  const lanes: Lane[] = [
    ...nodeLanes(measuring),
    { title: "caller: OPTIONS answered", kind: "up", spans: joined(answered, INTERRUPTION_MS / 1000) },
    { title: "caller: no answer", kind: "down", spans: [noService] },
    { title: "caller: sound arrives", kind: "up", spans: joined(sound, INTERRUPTION_MS / 1000) },
  ];
  const times = record.map((row) => row.time);
  const span = { from: Math.min(...times), to: Math.max(...times) };
  return { title: "around the fault", span, lanes, events: measuring.events };
}

/** The picture of the whole scenario, as the nodes saw it. */
export function overview(measuring: Measuring): Timeline {
  const samples = [...measuring.observer.all().values()].flat();
  const times = [...samples, ...measuring.events].map((item) => item.time);
  const span = { from: Math.min(...times), to: Math.max(...times) };
  return { title: "the whole scenario", span, lanes: nodeLanes(measuring), events: measuring.events };
}

function nodeLanes(measuring: Measuring): Lane[] {
  return [...measuring.observer.all()].flatMap(([node, samples]): Lane[] => [
    { title: `${node}: floating IP`, kind: "owner", spans: spansWhere(samples, (sample) => sample.address) },
    { title: `${node}: default route`, kind: "route", spans: spansWhere(samples, (sample) => sample.route) },
    { title: `${node}: proxy listens`, kind: "proxy", spans: spansWhere(samples, (sample) => sample.proxy) },
  ]);
}

/** Points in time as spans without a hole longer than `hole` seconds. */
function joined(times: readonly number[], hole: number): readonly Span[] {
  const spans: Span[] = [];
  for (const time of [...times].sort((left, right) => left - right)) {
    const last = spans.at(-1);
    if (last && time - last.to <= hole) spans[spans.length - 1] = { from: last.from, to: time };
    else spans.push({ from: time, to: time });
  }
  return spans;
}
