import { randomBytes } from "node:crypto";
import type { VerificationLevel } from "../config/plan.ts";
import { BastionPool } from "../remote/session.ts";
import { CallerHost } from "./caller.ts";
import { type FaultTools, type Phones, Sessions, VerificationContext } from "./context.ts";
import type { CheckResult } from "./checks.ts";
import type { VerificationInput } from "./input.ts";
import { powerSwitch, type PowerSwitch } from "./power.ts";
import { faultsOf, type ScenarioReport, type VerificationReport } from "./report.ts";
import { Restoration } from "./restoration.ts";
import { registrationAndCall } from "./scenarios/call.ts";
import { powerOff } from "./scenarios/powerOff.ts";
import { switchover } from "./scenarios/switchover.ts";
import { makeUsers, UserTable } from "./users.ts";
import { summaryText, writeReport } from "./writeReport.ts";

export { parseInput, type VerificationInput } from "./input.ts";
export type { VerificationReport } from "./report.ts";

/** A cluster that was just changed settles within this time. */
const SETTLED_WITHIN_MS = 45_000;
/** A machine that just booted answers on SSH within this time. */
const REACHED_WITHIN_MS = 15_000;
/** Registrations that wait for each fault. */
const LOAD = 30;
const LOADS = ["p", "s", "t"] as const;

/** A verification that found something wrong; its report is written all the same. */
export class VerificationFailedError extends Error {
  readonly report: VerificationReport;

  constructor(report: VerificationReport) {
    const faults = report.faults.map((fault) => `  - ${fault}`).join("\n");
    super(`verification of ${report.stack} failed:\n${faults}\nthe whole story: ${report.directory}/report.html`);
    this.name = "VerificationFailedError";
    this.report = report;
  }
}

/**
 * Verifies a running cluster and leaves it healthy: also when something fails, or on SIGTERM and SIGINT.
 *
 * @param input.reportDir where report.json and report.html are written; `latest` beside it then points to it
 * @throws VerificationFailedError with one readable reason per failed check or broken bound
 */
export async function runVerification(
  input: VerificationInput,
  progress: (line: string) => void,
): Promise<VerificationReport> {
  const startedAt = new Date();
  const interrupted = new AbortController();
  const restoration = new Restoration(progress);
  const onSignal = (): void => {
    interrupted.abort(new Error("interrupted; the cluster is left healthy, no result"));
  };
  process.once("SIGTERM", onSignal).once("SIGINT", onSignal);
  const findings = new Findings();
  try {
    await verify(input, { findings, restoration, progress, signal: interrupted.signal });
  } catch (error) {
    findings.brokenOff = error instanceof Error ? error.message : String(error);
  } finally {
    findings.leftBehind = await restoration.run();
    process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
  }
  const report = findings.report(input, startedAt);
  await writeReport(report);
  progress(summaryText(report));
  if (!report.passed) throw new VerificationFailedError(report);
  return report;
}

/** What has been found so far; whatever breaks the verification off, this is reported. */
class Findings {
  checks: readonly CheckResult[] = [];
  readonly scenarios: ScenarioReport[] = [];
  readonly skipped: string[] = [];
  brokenOff: string | undefined;
  leftBehind: readonly string[] = [];

  report(input: VerificationInput, startedAt: Date): VerificationReport {
    const own = faultsOf(this.checks, this.scenarios);
    const faults = [...own, ...(this.brokenOff === undefined ? [] : [this.brokenOff]), ...this.leftBehind];
    return {
      stack: input.plan.stack,
      level: input.level,
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      timing: input.plan.timing,
      passed: faults.length === 0,
      faults,
      checks: this.checks,
      scenarios: this.scenarios,
      skipped: this.skipped,
      directory: input.reportDir,
    };
  }
}

interface Verification {
  readonly findings: Findings;
  readonly restoration: Restoration;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

async function verify(
  input: VerificationInput,
  { findings, restoration, progress, signal }: Verification,
): Promise<void> {
  const { plan, hosts } = input;
  const bastions = new BastionPool();
  restoration.add("close the connections", () => bastions.close());
  const sessions = new Sessions(hosts, bastions);
  restoration.add("close the sessions", () => {
    sessions.close();
    return Promise.resolve();
  });
  const context = new VerificationContext(plan, sessions, progress, signal);
  context.step("checking every host");
  await Promise.all(
    hosts.filter(({ role }) => role !== "router").map(({ name }) => sessions.to(name, REACHED_WITHIN_MS)),
  );
  const active = await checked(context, findings);
  if (active === undefined) return;
  if (!hosts.some(({ role }) => role === "caller")) {
    findings.skipped.push("registration, calls and faults: no caller outside the cluster was given; stopped at checks");
    return;
  }
  const phones = await preparePhones(input, context, restoration);
  const power = (node: string): PowerSwitch | undefined => {
    const host = hosts.find(({ name }) => name === node);
    return host && powerSwitch(host);
  };
  await runScenarios(input.level, { context, phones, power }, { active, findings, restoration });
  if (findings.scenarios.every(({ failure }) => failure === undefined)) await checked(context, findings);
}

/** Waits for every check to pass; keeps the last results, and answers the active node when they all passed. */
async function checked(context: VerificationContext, findings: Findings): Promise<string | undefined> {
  const settled = await context.healthy(SETTLED_WITHIN_MS).then(
    (active) => active,
    () => undefined,
  );
  const { results } = await context.checks();
  findings.checks = results;
  return settled;
}

async function preparePhones(
  { plan }: VerificationInput,
  { sessions }: VerificationContext,
  restoration: Restoration,
): Promise<Phones> {
  const run = randomBytes(4).toString("hex");
  const pair = makeUsers(run, ["a", "b"]);
  const [callingUser, calledUser] = pair;
  if (callingUser === undefined || calledUser === undefined) throw new Error("two users are needed, got fewer");
  const load = LOADS.flatMap((letter) => Array.from({ length: LOAD }, (_, index) => `${letter}${index}`));
  const caller = new CallerHost(await sessions.to(plan.hosts.caller.name), plan, run);
  const hold = await caller.hold();
  restoration.add("let other verifications in", () => hold.stop());
  const table = new UserTable(await sessions.to(plan.database.machine.name));
  restoration.add("remove the verification's users", () => table.remove());
  restoration.add("stop phones, probe and record on the caller", () => caller.end());
  const users = [...pair, ...makeUsers(run, load)];
  await table.remove();
  await Promise.all([table.insert(users, plan.sip.domain), caller.begin(users)]);
  return { caller, table, callingUser, calledUser };
}

interface Course {
  readonly active: string;
  readonly findings: Findings;
  readonly restoration: Restoration;
}

/** One scenario after the other; one that could not be completed ends the row. */
async function runScenarios(level: VerificationLevel, tools: FaultTools, course: Course): Promise<void> {
  const { active, findings } = course;
  const peer = tools.context.peerOf(active);
  const completed = async (scenario: Promise<ScenarioReport>): Promise<boolean> => {
    const report = await scenario;
    findings.scenarios.push(report);
    return report.failure === undefined;
  };
  if (!(await completed(registrationAndCall(tools)))) return;
  if (level === "switchover") {
    if (await completed(switchover(tools, active, loadPattern("s")))) {
      await completed(switchover(tools, peer, loadPattern("t")));
    }
    return;
  }
  if (level !== "power-off") return;
  const power = tools.power(active);
  if (power === undefined) {
    findings.skipped.push(
      `power-off: nothing can switch ${active} off and on from outside; stopped at registration and call`,
    );
    return;
  }
  course.restoration.add(`power of ${active}`, async () => {
    await power.on();
    await tools.context.recovered(tools.context.bounds.returnAsStandby.limit);
  });
  if (await completed(powerOff(tools, active, power, loadPattern("p")))) {
    await completed(switchover(tools, peer, loadPattern("s")));
  }
}

/** The users of one load, as `caller register` selects them. */
function loadPattern(letter: (typeof LOADS)[number]): string {
  return `-${letter}[0-9]+`;
}
