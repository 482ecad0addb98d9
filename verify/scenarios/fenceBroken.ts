import type { FencingPlan } from "../../config/plan.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { fencingBounds } from "../bounds/fencingBounds.ts";
import type { PowerSwitch } from "../faults/power.ts";
import type { ScenarioReport } from "../report/report.ts";
import { backAsStandby } from "./comeBack.ts";
import { orderEnds } from "./fencedTakeover.ts";
import { divideOutage } from "./moved.ts";
import { callAgain, invariants, Measuring, overview, probeFindings } from "./measuring.ts";
import { runScenario } from "./scenario.ts";

/** Far above the bounds: a late takeover shall be measured, not cut off. */
const GIVE_UP_MS = 120_000;

export interface BrokenDevice {
  readonly fencing: Extract<FencingPlan, { kind: "stonith" }>;
  readonly power: PowerSwitch;
  /** The machine that is the device. */
  readonly fence: string;
}

/** The active node dies while its fencing device is broken: no takeover, an alarm, and an operator's word as the way out. */
export async function fenceBroken(
  tools: FaultTools,
  { active: victim, load, restoration }: Turn,
  { fencing, power, fence }: BrokenDevice,
): Promise<ScenarioReport> {
  const { context } = tools;
  const survivor = context.peerOf(victim);
  const { timing, verification } = context.plan;
  const bounds = fencingBounds(timing, { fenceMs: 0, timeoutMs: fencing.timeoutMs }, verification.tolerance);
  // the phone of that call repeats its BYE for ten seconds, and the device alone has as long to answer
  const givenUp = context.bounds.openCallsWithoutBye;
  const measuring = new Measuring(tools);
  return runScenario(`power-off of ${victim} with a broken fencing device`, context, async (log) => {
    const bmc = async (verb: "stop" | "start"): Promise<void> => {
      const device = await context.sessions.to(fence);
      await device.must(`${verb} the BMC of ${victim}`, `sudo -n systemctl ${verb} sip-ha-bmc@${victim}.service`);
    };
    try {
      log.step("a probe, calls in every state, short calls and registrations are under way");
      await measuring.start(load, victim);
      log.step(`the device of ${victim} breaks, then ${victim} loses its power`);
      restoration.add(`power of ${victim}`, () => power.on());
      restoration.add("the fencing device", () => bmc("start"));
      await bmc("stop");
      const died = measuring.event("fault", `${victim} dead`, await power.off());
      context.sessions.drop(victim);
      log.step(`${survivor} takes nothing over and raises an alarm`);
      const failed = await orderEnds(tools, survivor, "failed");
      measuring.event("step", "the order failed", failed.time);
      log.step(`an operator makes sure that ${victim} is off, and says so`);
      const node = await context.sessions.to(survivor);
      const asked = measuring.event("step", "an operator says so");
      await node.must("confirm by hand", `sudo -n /usr/lib/sip-ha/engine fence-confirm ${victim}`);
      const served = await measuring.serving(survivor, died, GIVE_UP_MS);
      measuring.event("recovery", `${survivor} serves`, served);
      await callAgain(tools, log, measuring, survivor);
      const record = await measuring.finish();
      const { span, notes } = probeFindings(record, died);
      await divideOutage(tools, log, measuring, { way: "death", since: died, from: victim, to: survivor, span });
      log.step(`the device is mended, ${victim} comes back as standby, and every check passes`);
      await bmc("start");
      await power.on();
      await backAsStandby(tools, measuring, victim);
      const early = measuring.observer.of(survivor).filter(({ address, time }) => address && time < asked).length;
      const events = `\`engine events\` on ${survivor}`;
      log.measures.push(
        { bound: bounds.takeoversUnconfirmed, measured: early > 0 ? 1 : 0, lookAt: events },
        { bound: bounds.alarm, measured: (failed.time - died) * 1000, lookAt: events },
        { bound: bounds.manualTakeover, measured: (served - asked) * 1000, lookAt: events },
        ...(await invariants(tools, measuring, record, { except: givenUp })),
      );
      log.notes.push(`the device's last word: ${failed.said}`, ...notes);
      log.timelines.push(overview(measuring));
    } finally {
      log.notes.push(...measuring.troubles);
      await measuring.stop();
    }
  });
}
