import { type ClusterPlan, routerOf } from "../../config/plan.ts";
import type { Turn } from "../catalogue/entry.ts";
import type { FaultTools } from "../context.ts";
import { engine } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import { eventually } from "../../remote/eventually.ts";
import { pathBounds } from "../bounds/pathBounds.ts";
import type { ScenarioReport } from "../report/report.ts";
import { measuredScenario } from "./measured.ts";
import { callAgain, closeUp, invariants, probeFindings, registrationNote } from "./measuring.ts";

/** How long the gateway hears no announcement; longer than anybody repeats one who counts on luck. */
const DEAF_MS = 12_000;
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
    const gateway = new Gateway(await context.sessions.to(gatewayName(plan)), plan.floatingIp.address);
    const before = await gateway.entry();
    restoration.add("the gateway's entry of the floating IP", () => gateway.forget());
    await gateway.set(before, "permanent");
    log.step(`${active} is told to give the group up`);
    const asked = measuring.event("fault", `${active} gives up`);
    await engine.standby(await context.sessions.to(active));
    await measuring.serving(to, asked, GIVE_UP_MS);
    await new Promise((resolve) => setTimeout(resolve, DEAF_MS));
    log.step("the gateway hears again, and believes what it knew");
    await gateway.set(before, "stale");
    const heard = measuring.event("step", "the gateway hears again");
    const learned = await gateway.learns(before);
    measuring.event("recovery", `the gateway sends to ${to}`, learned);
    await callAgain(tools, log, measuring, to);
    const record = await measuring.finish();
    const { span, notes } = probeFindings(record, asked);
    log.measures.push(
      {
        bound: bounds.lateLesson,
        measured: (learned - heard) * 1000,
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

/** @throws Error when nobody can look at the gateway; `unavailable` asks first. */
function gatewayName(plan: ClusterPlan): string {
  const router = routerOf(plan);
  if (router === undefined) throw new Error("no router was given whose neighbour table could be looked at");
  return router.name;
}

/** The neighbour table of the gateway, for one address on its public card. */
class Gateway {
  readonly #session: Session;
  readonly #address: string;

  constructor(session: Session, address: string) {
    this.#session = session;
    this.#address = address;
  }

  /** The hardware address that the gateway sends to. */
  async entry(): Promise<string> {
    const text = await this.#session.must("read the neighbour table", `ip neigh show ${this.#address} dev eth1`);
    const hardware = / lladdr ([0-9a-f:]{17})/.exec(text)?.[1];
    if (hardware === undefined) throw new Error(`the gateway knows nobody with ${this.#address}: '${text.trim()}'`);
    return hardware;
  }

  async set(hardware: string, state: "permanent" | "stale"): Promise<void> {
    const words = `${this.#address} lladdr ${hardware} dev eth1 nud ${state}`;
    await this.#session.must("change the neighbour table", `sudo -n ip neigh replace ${words}`);
  }

  async forget(): Promise<void> {
    await this.#session.run(`sudo -n ip neigh del ${this.#address} dev eth1`);
  }

  /** Waits until the gateway sends to somebody else; seconds since 1970 of that look. */
  async learns(before: string): Promise<number> {
    return eventually(
      `the gateway sends to another machine than ${before}`,
      async () => {
        const now = await this.entry();
        return now === before ? { met: false, seen: now } : { met: true, value: Date.now() / 1000 };
      },
      { withinMs: GIVE_UP_MS, everyMs: 50 },
    );
  }
}
