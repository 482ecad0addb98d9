import { eventually } from "../../remote/eventually.ts";
import { engine } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import type { Bound } from "../bounds/bound.ts";
import type { FaultTools, VerificationContext } from "../context.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Measure, ScenarioReport } from "../report/report.ts";
import { contactUnknown, judgeCall, shortCallNotes } from "./call.ts";
import { divideOutage } from "./moved.ts";
import {
  callAgain,
  closeUp,
  invariants,
  Measuring,
  milliseconds,
  overview,
  probeFindings,
  registrationNote,
} from "./measuring.ts";
import { runScenario, type ScenarioLog } from "./scenario.ts";

/** Far above every bound: what is late shall be measured, not cut off. */
const GIVE_UP_MS = 30_000;
const SETTLED_WITHIN_MS = 60_000;

/** A fault of one daemon on the active node. */
export interface DaemonFault {
  readonly name: string;
  readonly daemon: "proxy" | "relay";
  /** What systemctl(1) sends to whom. */
  readonly kill: "--kill-who=main --signal=KILL" | "--kill-who=all --signal=STOP";
  /** The daemon's silence: of the proxy as a caller sees it, of the relay as its node does. */
  readonly bound: (tools: FaultTools) => Bound;
}

/** A daemon crashes or hangs: it is mended in place, and the group stays where it is. */
export async function daemonFault(
  tools: FaultTools,
  active: string,
  load: string,
  fault: DaemonFault,
): Promise<ScenarioReport> {
  const { context } = tools;
  const measuring = new Measuring(tools);
  return runScenario(`${fault.name} on ${active}`, context, async (log) => {
    try {
      const session = await context.sessions.to(active);
      log.step("failures of earlier runs are forgotten: too many of them would move the group");
      await forgetFailures(context);
      await context.healthy(SETTLED_WITHIN_MS);
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, active);
      log.step(`the ${fault.daemon} of ${active} gets ${fault.kill}`);
      const struck = measuring.event("fault", fault.name);
      const unit = `sip-ha-${fault.daemon}.service`;
      await session.must(fault.name, `sudo -n systemctl kill ${fault.kill} ${unit}`);
      const back = await answersAgain(tools, active, fault.daemon, struck);
      measuring.event("recovery", `the ${fault.daemon} answers again`, back);
      await callAgain(tools, log, measuring, active);
      log.step("the record is read");
      const record = await measuring.finish();
      judge(tools, log, measuring, { record, struck, active, fault, back });
      log.measures.push(...(await invariants(tools, measuring, record)));
      log.step(`${active} is still active, and every check passes`);
      const owner = await context.healthy(SETTLED_WITHIN_MS);
      if (owner !== active) throw new Error(`${owner} is active, must be ${active}: one failure is mended in place`);
      log.timelines.push(overview(measuring));
    } finally {
      log.notes.push(...measuring.troubles);
      await measuring.stop();
    }
  });
}

interface Aftermath {
  readonly record: PacketRecord;
  /** When the daemon was struck and when it was seen to answer again, in seconds since 1970. */
  readonly struck: number;
  readonly back: number;
  readonly active: string;
  readonly fault: DaemonFault;
}

function judge(
  tools: FaultTools,
  log: ScenarioLog,
  measuring: Measuring,
  { record, struck, back, active, fault }: Aftermath,
): void {
  const floatingIp = tools.context.plan.floatingIp.address;
  const { span, notes } = probeFindings(record, struck);
  const lookAt = `\`engine supervision\` and \`engine events\` on ${active}`;
  const measured = fault.daemon === "proxy" ? milliseconds(span) : (back - struck) * 1000;
  log.measures.push({ bound: fault.bound(tools), measured, lookAt }, contactUnknown(record, tools, struck));
  const short = shortCallNotes(record, floatingIp);
  if (fault.daemon === "relay") log.measures.push(...beside(tools, milliseconds(span), short.failed));
  judgeCall(log, record, { label: "first", floatingIp, sound: tools.context.bounds.firstCallSoundMissing, tools });
  const open = measuring.openCalls.judge(record, active);
  log.measures.push(...open.measures.filter((measure) => survives(measure, fault)));
  log.notes.push(...notes, short.note, registrationNote(record), ...open.notes);
  log.timelines.push(closeUp(measuring, record, span, floatingIp));
}

/** What must go on while the relay is silent: the proxy answers, and no phone has to give a call up. */
function beside({ context }: FaultTools, outageMs: number, failed: number): Measure[] {
  const lookAt = "media.cfg of the proxy";
  return [
    { bound: context.bounds.relayFaultOutage, measured: outageMs, lookAt },
    { bound: context.bounds.relayFaultCalls, measured: failed, lookAt },
  ];
}

/** A relay that was killed has lost its sessions, and a proxy that was killed what was being written. */
function survives({ bound }: Measure, { daemon }: DaemonFault): boolean {
  return daemon === "proxy" || !bound.name.includes("sound");
}

/** Asks a daemon on its node until it answers; in seconds since 1970. A proxy is asked for what a monitor asks. */
async function answersAgain(
  { context }: FaultTools,
  node: string,
  daemon: "proxy" | "relay",
  since: number,
): Promise<number> {
  const session = await context.sessions.to(node);
  const agent = `sudo -n OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/sip-ha/${daemon} monitor`;
  return eventually(
    `the ${daemon} of ${node} answers again`,
    async () => {
      // what was asked before the fault had come through says nothing
      const asked = Date.now() / 1000;
      const { code, stderr } = await session.run(agent);
      if (code === 0 && asked > since + 0.05) return { met: true, value: Date.now() / 1000 };
      return { met: false, seen: stderr.trim() };
    },
    { withinMs: GIVE_UP_MS, everyMs: 20 },
  );
}

/** Makes the proxy of a node crash again after each start, until it is undone. */
const LOOP = "/run/systemd/system/sip-ha-proxy.service.d/verification.conf";

/** Undoes {@link crashAgain}, and lets both nodes be targets again. */
export async function undoCrashLoop({ context }: FaultTools, node: string): Promise<void> {
  const session = await context.sessions.to(node);
  await session.must("let the proxy run again", `sudo -n rm -f ${LOOP} && sudo -n systemctl daemon-reload`, {
    timeoutMs: 20_000,
  });
  await forgetFailures(context);
}

/**
 * Makes both watchers forget failures, so that a node that gave the group up within the last minutes is a target again.
 * One after the other, and the first once more: what a node still says of itself, its peer keeps.
 */
async function forgetFailures({ plan, sessions }: VerificationContext): Promise<void> {
  const nodes = [...plan.nodes, ...plan.nodes.slice(0, 1)];
  for (const { name } of nodes) await engine.superviseClear(await sessions.to(name));
}

/** After the start has ended: systemd would wait ten seconds for a process that dies within it. */
const DIES_AGAIN = "[Service]\nExecStartPost=/bin/sh -c '(sleep 0.2; kill -KILL ${MAINPID}) >/dev/null 2>&1 &'\n";

async function crashAgain(session: Session): Promise<void> {
  const directory = LOOP.slice(0, LOOP.lastIndexOf("/"));
  await session.must(
    "make the proxy crash after each start",
    `sudo -n mkdir -p ${directory} && sudo -n tee ${LOOP} >/dev/null && sudo -n systemctl daemon-reload`,
    { stdin: DIES_AGAIN },
  );
}

/** Longer than a node that was given up would take to fail as well and send the group back. */
const NO_RETURN_MS = 10_000;

/** A proxy that crashes after every restart: the group moves once, and does not come back. */
export async function crashLoop(tools: FaultTools, active: string, load: string): Promise<ScenarioReport> {
  const { context } = tools;
  const peer = context.peerOf(active);
  const measuring = new Measuring(tools);
  return runScenario(`crash loop on ${active}`, context, async (log) => {
    const session = await context.sessions.to(active);
    try {
      log.step("failures of earlier runs are forgotten: they would keep the group where it is");
      await forgetFailures(context);
      await context.healthy(SETTLED_WITHIN_MS);
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, active);
      log.step(`the proxy of ${active} crashes, and again after each restart`);
      await crashAgain(session);
      const struck = measuring.event("fault", "crash loop");
      await session.must("kill the proxy", "sudo -n systemctl kill --kill-who=main --signal=KILL sip-ha-proxy.service");
      measuring.event("recovery", `${peer} serves`, await measuring.serving(peer, struck, GIVE_UP_MS));
      await callAgain(tools, log, measuring, peer);
      log.step("the record is read");
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, struck);
      await divideOutage(tools, log, measuring, { way: "decision", since: struck, from: active, to: peer, span });
      const lookAt = `\`engine supervision\` on ${active}`;
      log.measures.push(
        { bound: context.bounds.crashLoopOutage, measured: milliseconds(span), lookAt },
        contactUnknown(record, tools, struck),
        ...(await invariants(tools, measuring, record)),
        { bound: context.bounds.groupReturned, measured: await returns(tools, measuring, active), lookAt },
      );
      log.notes.push(...notes, registrationNote(record));
      log.timelines.push(closeUp(measuring, record, span, context.plan.floatingIp.address), overview(measuring));
    } finally {
      log.notes.push(...measuring.troubles);
      await measuring.stop();
      await undoCrashLoop(tools, active);
    }
    log.step(`${peer} is active, ${active} is standby, and every check passes`);
    const owner = await context.healthy(SETTLED_WITHIN_MS);
    if (owner !== peer) throw new Error(`${owner} is active, must be ${peer}`);
  });
}

/** How often the node got the group again within ten seconds. */
export async function returns({ context }: FaultTools, measuring: Measuring, node: string): Promise<number> {
  const from = Date.now() / 1000;
  const end = performance.now() + NO_RETURN_MS;
  await eventually(
    "the group stays where it went",
    async () => {
      const view = await engine.owner(await context.sessions.to(context.peerOf(node)));
      return performance.now() >= end ? { met: true, value: undefined } : { met: false, seen: view.role };
    },
    { withinMs: 3 * NO_RETURN_MS, everyMs: 500 },
  );
  const held = measuring.observer.of(node).filter(({ time }) => time > from);
  return held.filter(({ address }, index) => address && !held[index - 1]?.address).length;
}

/** Heartbeat's own script gives the resources up behind its back: both nodes are well, and nobody has the group. */
const GIVE_UP = `sudo -n sh -c 'cd /usr/share/heartbeat && ./ResourceManager givegroup $(./ResourceManager listkeys ".*")'`;

/** Nobody owns the group although both nodes are well: it is found and taken, by one of them. */
export async function ownerless(tools: FaultTools, active: string, load: string): Promise<ScenarioReport> {
  const { context } = tools;
  const measuring = new Measuring(tools);
  return runScenario("nobody owns the group", context, async (log) => {
    const nodes = context.plan.nodes.map(({ name }) => name);
    try {
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, active);
      log.step(`${active} gives the group up without anybody being told`);
      const session = await context.sessions.to(active);
      await session.must("give the group up", GIVE_UP, { timeoutMs: 20_000 });
      const gone = measuring.event("fault", "nobody has the group");
      const { time: taken } = await measuring.oneServes(nodes, gone, GIVE_UP_MS);
      measuring.event("recovery", "the group is taken", taken);
      const owner = await context.healthy(SETTLED_WITHIN_MS);
      await callAgain(tools, log, measuring, owner);
      log.step("the record is read");
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, gone);
      await divideOutage(tools, log, measuring, { way: "nobody", since: gone, from: active, to: owner, span });
      log.measures.push(
        {
          bound: context.bounds.ownerlessTaken,
          measured: (taken - gone) * 1000,
          lookAt: `\`engine supervision\` on ${nodes.join(" and ")}`,
        },
        contactUnknown(record, tools, gone),
        ...(await invariants(tools, measuring, record)),
      );
      log.notes.push(...notes, registrationNote(record));
      log.timelines.push(closeUp(measuring, record, span, context.plan.floatingIp.address), overview(measuring));
    } finally {
      log.notes.push(...measuring.troubles);
      await measuring.stop();
    }
  });
}
