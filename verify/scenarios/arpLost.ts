import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { engine } from "../../remote/programs.ts";
import { pathBounds } from "../bounds/pathBounds.ts";
import { DeafGateway } from "../faults/deafGateway.ts";
import type { ScenarioReport } from "../report/report.ts";
import { measuredScenario } from "./measured.ts";
import { divideOutage } from "./moved.ts";
import { callAgain, closeUp, invariants, probeFindings, registrationNote } from "./measuring.ts";

/**
 * How long the gateway hears no announcement. Longer than anybody repeats one who counts on luck, and such that
 * `/usr/lib/sip-ha/announce`, which repeats them less and less often, is silent for longer than the bound afterwards.
 */
const DEAF_MS = 26_000;
/** Far above the bound: a late lesson shall be measured, not cut off. */
const GIVE_UP_MS = 30_000;
const SETTLED_WITHIN_MS = 30_000;

/** The group moves while the gateway hears no announcement: it learns as soon as it hears again. */
export async function arpLost(tools: FaultTools, { active, load, restoration }: Turn): Promise<ScenarioReport> {
  const { context } = tools;
  const { plan } = context;
  const bounds = pathBounds(plan.timing, plan.verification.tolerance);
  const to = context.peerOf(active);
  // a phone that hears nothing for longer than ten seconds gives its BYE up
  const givenUp = context.bounds.openCallsWithoutBye;
  return measuredScenario("announcements of the floating IP lost", tools, { load, active }, async (log, measuring) => {
    log.step("the gateway hears no announcement any more: its entry of the floating IP does not change");
    const gateway = await DeafGateway.hold(context);
    restoration.add("the gateway's entry of the floating IP", () => gateway.release());
    const before = await gateway.entry();
    await gateway.deafen();
    log.step(`${active} is told to give the group up`);
    const asked = measuring.event("fault", `${active} gives up`);
    await engine.standby(await context.sessions.to(active));
    await measuring.serving(to, asked, GIVE_UP_MS);
    await new Promise((resolve) => setTimeout(resolve, DEAF_MS));
    log.step("the gateway hears again, believes what it knew, and asks nobody");
    // what the order takes on its way is nobody's delay
    const [learned, heard] = await Promise.all([
      gateway.learns(before, GIVE_UP_MS),
      gateway.hear().then(() => measuring.event("step", "the gateway hears again")),
    ]);
    measuring.event("recovery", `the gateway sends to ${to}`, learned);
    await callAgain(tools, log, measuring, to);
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, asked);
    await divideOutage(tools, log, measuring, { way: "order", since: asked, from: active, to, span });
    log.measures.push(
      {
        bound: bounds.lateLesson,
        measured: Math.max(0, learned - heard) * 1000,
        lookAt: `\`journalctl -u sip-ha-watcher\` on ${to}`,
      },
      ...(await invariants(tools, measuring, record, { except: givenUp })),
    );
    log.notes.push(...notes, registrationNote(record));
    log.timelines.push(closeUp(measuring, record, span, plan.floatingIp.address));
    log.step(`${to} is active, ${active} is standby, and every check passes`);
    const now = await context.healthy(SETTLED_WITHIN_MS);
    if (now !== to) throw new Error(`${now} is active, must be ${to}`);
  });
}
