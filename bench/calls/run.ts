import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { callerOf } from "../../config/plan.ts";
import { eventually } from "../../remote/eventually.ts";
import { proxy } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import type { LabSite } from "../../tests/support/sandbox.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { PORTS } from "../../verify/phones/caller.ts";
import { type FaultTools, powerOf } from "../../verify/context.ts";
import { phonesReady, tellTrouble } from "../../verify/scenarios/call.ts";
import { withCluster, withFaultTools } from "../cluster.ts";
import { requireRuns } from "../figures.ts";
import { thisMachine } from "../machine.ts";
import { publish } from "../publish.ts";
import { type BenchRows, refuseOver, type Row, rowsText } from "../rows.ts";
import { type Fate, fateOf, readHeard } from "./heard.ts";

const SITE: LabSite = {
  stack: "calls",
  floatingIp: "198.18.36.10",
  gateway: "198.18.36.1",
  privateSubnet: "10.83.0.0/24",
  outsideSubnet: "198.18.37.0/24",
  timing: "standard",
  verification: "{ first: checks }",
  sshPort: 22083,
  more: ["relay: rtpengine", "redis: { maxMemoryMb: 64 }"],
};

const LABEL = "many";
const PER_SECOND = 25;
const LENGTH_MS = 24_000;
/** After the death, until the first of the calls ends by itself; a relay of its own would be silent all the while. */
const LASTS_SEC = 8;
const LISTEN_SEC = 45;
const HEALTHY_WITHIN_MS = 90_000;

export interface CallsOptions {
  /** How many calls are open at once; 1 to 240, which rtpengine's ports are enough for. */
  readonly calls: number;
  /** At least 1; 5 or more for figures to rely on. */
  readonly runs: number;
}

/**
 * Cuts the power of the active node under calls with sound both ways, by way of rtpengine, on a cluster of its own. Prints
 * the table as Markdown, and removes the cluster.
 *
 * @throws Error when an option is not sound, a step failed, or a figure is over its limit
 */
export async function runCalls({ calls, runs }: CallsOptions): Promise<void> {
  requireRuns(runs);
  if (!Number.isInteger(calls) || calls < 1 || calls > 240)
    throw new Error(`calls must be a whole number from 1 to 240, got ${calls}`);
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine() };
  const fates: Fate[] = [];
  let gapLimit = 0;
  try {
    await withCluster(SITE, async (_sandbox, signal) => {
      await withFaultTools(SITE.stack, 0, signal, async (tools) => {
        const { bounds } = tools.context;
        gapLimit = bounds.openCallGap(bounds.powerOffOutage.limit).limit;
        for (let run = 1; run <= runs; run += 1) {
          tools.context.step(`run ${run} of ${runs}`);
          fates.push(await powerOffUnderCalls(tools, calls));
        }
      });
    });
  } finally {
    if (fates.length > 0) {
      const command = `npm run bench:calls -- --calls ${calls} --runs ${runs}`;
      const result: BenchRows = { ...begun, command, rows: rowsOf(fates, calls, gapLimit) };
      await publish("calls-", rowsText("Calls", result), result);
    }
  }
  refuseOver(rowsOf(fates, calls, gapLimit));
}

async function powerOffUnderCalls(tools: FaultTools, count: number): Promise<Fate> {
  const { context, phones } = tools;
  const { plan, sessions } = context;
  const victim = await context.healthy(HEALTHY_WITHIN_MS);
  const node = await sessions.to(victim);
  const machine = powerOf(tools, victim);
  const outside = callerOf(plan);
  if (outside === undefined) throw new Error("a caller outside the cluster is needed, got none");
  await phonesReady(tools);
  context.step(`${count} calls begin`);
  const heard = hear(await sessions.to(outside.name), plan.floatingIp.address, plan.sip.port);
  const pair = { from: phones.callingUser, to: phones.calledUser };
  const load = { count, perSecond: PER_SECOND, lengthMs: LENGTH_MS, label: LABEL, port: PORTS.first };
  const talk = tellTrouble(phones.caller.call({ ...pair, ...load }));
  await eventually("every call is answered", () => answered(node, count), { withinMs: 20_000, everyMs: 500 });
  context.step(`the power of ${victim} is cut`);
  const died = Date.now() / 1000;
  await machine.off();
  sessions.drop(victim);
  for (const trouble of await talk) context.step(trouble);
  const fate = fateOf(readHeard(await heard), { count, died, label: LABEL, lastsSec: LASTS_SEC });
  await machine.on();
  return fate;
}

async function hear(caller: Session, floatingIp: string, sipPort: number): Promise<string> {
  const stdin = await readFile(join(projectDir, "bench", "calls", "hear.sh"), "utf8");
  const command = `sudo -n bash -s ${floatingIp} ${sipPort} ${LISTEN_SEC}`;
  return caller.must("listen to the calls", command, { stdin, timeoutMs: 180_000 });
}

async function answered(
  node: Session,
  count: number,
): Promise<{ met: true; value: number } | { met: false; seen: string }> {
  const states = await proxy.calls(node, LABEL);
  const now = [...states.values()].filter((state) => state === "answered").length;
  return now >= count ? { met: true, value: now } : { met: false, seen: `${now} of ${count}` };
}

/** One sample of each count a run, one of the gap for each direction of each call. */
export function rowsOf(fates: readonly Fate[], calls: number, gapLimit: number): readonly Row[] {
  const title = (what: string): string => `${calls} calls, node death: ${what}`;
  return [
    {
      title: title("directions that stay silent"),
      unit: "count",
      samples: fates.map(({ silent }) => silent),
      limit: 0,
    },
    { title: title("BYEs without an answer"), unit: "count", samples: fates.map((fate) => fate.withoutBye), limit: 0 },
    { title: title("sound gap"), unit: "ms", samples: fates.flatMap(({ gapsMs }) => gapsMs), limit: gapLimit },
  ];
}
