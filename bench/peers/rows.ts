import { setTimeout as delay } from "node:timers/promises";
import { callSucceeded, calls } from "../../verify/evidence/analysis.ts";
import { PORTS } from "../../verify/phones/caller.ts";
import type { FaultTools } from "../../verify/context.ts";
import type { PowerSwitch } from "../../verify/faults/power.ts";
import { LISTEN_MS, tellTrouble } from "../../verify/scenarios/call.ts";
import { invariants, Measuring, milliseconds, probeFindings } from "../../verify/scenarios/measuring.ts";
import type { Pair } from "./pair.ts";

/** What is done to a pair; the numbers are of the fault catalogue in docs/failover.md. */
export const ROWS = ["power-off", "switchover", "proxy-crash", "freeze"] as const;
export type Row = (typeof ROWS)[number];

/** What one run of one row showed. */
export interface Finding {
  readonly pair: string;
  readonly row: Row;
  readonly outageMs: number;
  readonly dualOwnerMs: number;
  readonly lostRegistrations: number;
  /** Whether the first call after it was answered. */
  readonly firstCall: boolean;
  /** Answered calls of before that the proxy which serves afterwards did not know. */
  readonly unknownCalls: number;
  /** Calls of before whose accounting is not one row with its end. */
  readonly wrongAccounting: number;
}

/** What is late shall be measured, not cut off. */
const GIVE_UP_MS = 45_000;
/** A frozen node, whose connection has to outlast it, wakes up this long after the fault, and is watched this long afterwards. */
const FROZEN_MS = 5000;
const AFTER_THAW_MS = 8000;

interface Strike {
  /** Seconds since 1970. */
  readonly at: number;
  /** The node that is expected to serve afterwards. */
  readonly next: string;
  /** What gives the machine back. */
  readonly heal: () => Promise<void>;
}

const STRIKES: Readonly<Record<Row, (tools: FaultTools, pair: Pair, active: string) => Promise<Strike>>> = {
  "power-off": async ({ context, power }, _pair, active) => {
    const machine = known(power(active), active);
    const at = Date.now() / 1000;
    await machine.off();
    context.sessions.drop(active);
    return { at, next: context.peerOf(active), heal: () => machine.on() };
  },
  switchover: async ({ context }, pair, active) => {
    const at = Date.now() / 1000;
    await pair.handOver(active);
    return { at, next: context.peerOf(active), heal: nothing };
  },
  "proxy-crash": async ({ context }, _pair, active) => {
    const session = await context.sessions.to(active);
    const at = Date.now() / 1000;
    await session.must("kill the proxy", "sudo -n systemctl kill --kill-who=main --signal=KILL sip-ha-proxy.service");
    return { at, next: active, heal: nothing };
  },
  freeze: async ({ context, power }, _pair, active) => {
    const machine = known(power(active), active);
    const at = await machine.freeze();
    const heal = async (): Promise<void> => {
      await delay(Math.max(0, at * 1000 + FROZEN_MS - Date.now()));
      await machine.thaw();
      // what both nodes hold now is what is looked for
      await delay(AFTER_THAW_MS);
    };
    return { at, next: context.peerOf(active), heal };
  },
};

/** Puts a pair through one row once. */
export async function measureRow(tools: FaultTools, pair: Pair, row: Row, load: string): Promise<Finding> {
  const { context, phones } = tools;
  const active = await pair.settled();
  const measuring = new Measuring(tools);
  try {
    await measuring.start(load, active);
    const strike = await STRIKES[row](tools, pair, active);
    try {
      await measuring.serving(strike.next, strike.at, GIVE_UP_MS);
      const two = { from: phones.callingUser, to: phones.calledUser };
      await tellTrouble(phones.caller.call({ ...two, label: "first", port: PORTS.first, lengthMs: LISTEN_MS }));
      await measuring.openCalls.use(strike.next);
    } finally {
      await strike.heal();
    }
    const record = await measuring.finish();
    const { span } = probeFindings(record, strike.at);
    const measures = [
      ...(await invariants(tools, measuring, record)),
      ...measuring.openCalls.judge(record, active).measures,
    ];
    const measured = (name: string): number => measures.find(({ bound }) => bound.name === name)?.measured ?? NaN;
    const [first] = calls(record, "first", context.plan.floatingIp.address);
    return {
      pair: pair.name,
      row,
      outageMs: milliseconds(span),
      dualOwnerMs: measured(context.bounds.dualOwner.name),
      lostRegistrations: measured(context.bounds.lostRegistrations.name),
      firstCall: first !== undefined && callSucceeded(first),
      unknownCalls: measured(context.bounds.openCallsUnknown.name),
      wrongAccounting: measured(context.bounds.accountingWrong.name),
    };
  } finally {
    await measuring.stop();
    await pair.settled();
  }
}

/** @throws Error when there is no such machine to switch */
function known(power: PowerSwitch | undefined, node: string): PowerSwitch {
  if (power === undefined) throw new Error(`nothing can switch ${node} off and on from outside`);
  return power;
}

async function nothing(): Promise<void> {
  // the fault leaves nothing to give back
}
