import { join } from "node:path";
import { isManaged } from "../config/plan.ts";
import { collectLogs } from "../remote/collectLogs.ts";
import { messageOf, NotInTimeError } from "../remote/eventually.ts";
import { type FaultTools, Sessions, VerificationContext } from "./context.ts";
import type { CheckResult } from "./checks.ts";
import type { VerificationInput } from "./input.ts";
import { catalogue } from "./catalogue/index.ts";
import { refuseHarm } from "./catalogue/course.ts";
import { powerSwitches } from "./faults/power.ts";
import { faultsOf, type ScenarioReport, type VerificationReport } from "./report/report.ts";
import { keepPackets } from "./evidence/packets.ts";
import { loadOfTurn, preparePhones } from "./phones/preparePhones.ts";
import { Restoration } from "./faults/restoration.ts";
import { summaryText, writeReport } from "./report/writeReport.ts";

export type { VerificationInput } from "./input.ts";
export type { VerificationReport } from "./report/report.ts";

/** A cluster that was just changed settles within this time. */
const SETTLED_WITHIN_MS = 45_000;
/** A machine that just booted answers on SSH within this time. */
const REACHED_WITHIN_MS = 15_000;
/** Before the verification began: what led to its first finding, in minutes. */
const LOGS_BEFORE_MIN = 2;
const MINUTE_MS = 60_000;

/** In the report's directory, when something failed. */
const LOGS = "logs.tar.gz";

/** A verification that found something wrong; its report is written all the same. */
export class VerificationFailedError extends Error {
  readonly report: VerificationReport;

  /** @param logs whether the logs of the hosts are beside the report */
  constructor(report: VerificationReport, logs: boolean) {
    const faults = report.faults.map((fault) => `  - ${fault}`).join("\n");
    super(
      `verification of ${report.stack} failed:\n${faults}\nthe whole story: ${report.directory}/report.html${logs ? `, and ${LOGS} beside it` : ""}`,
    );
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
  refuseHarm(input.course, catalogue, input.plan);
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
    findings.brokenOff = messageOf(error);
  } finally {
    findings.leftBehind = await restoration.run();
    process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
  }
  const report = findings.report(input, startedAt);
  await writeReport(report);
  const logs = !report.passed && (await keepLogs(input, startedAt, progress));
  progress(summaryText(report));
  if (!report.passed) throw new VerificationFailedError(report, logs);
  return report;
}

/** What the hosts logged meanwhile, beside the report; false where that cannot be had: the findings count all the same. */
async function keepLogs(
  { hosts, reportDir }: VerificationInput,
  since: Date,
  progress: (line: string) => void,
): Promise<boolean> {
  progress("something is wrong: what every host logged is kept beside the report");
  const minutes = Math.ceil((Date.now() - since.getTime()) / MINUTE_MS) + LOGS_BEFORE_MIN;
  try {
    await collectLogs(hosts, join(reportDir, LOGS), minutes, progress);
    return true;
  } catch (error) {
    progress(`the logs are not kept: ${messageOf(error)}`);
    return false;
  }
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
      course: input.course.title,
      ...(input.course.seed === undefined ? {} : { seed: input.course.seed }),
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
  const sessions = Sessions.until(restoration, hosts);
  const context = new VerificationContext(plan, sessions, progress, signal);
  context.step("checking every host");
  await Promise.all(hosts.filter(isManaged).map(({ name }) => sessions.to(name, REACHED_WITHIN_MS)));
  const active = await checked(context, findings);
  if (active === undefined) return;
  if (!hosts.some(({ role }) => role === "caller")) {
    findings.skipped.push("registration, calls and faults: no caller outside the cluster was given; stopped at checks");
    return;
  }
  const users = input.course.scenarios.map((name) => catalogue.find((entry) => entry.name === name)?.users);
  const phones = await preparePhones(context, users, restoration);
  const tools = { context, phones, ...powerSwitches(plan, hosts) };
  const { reportDir } = input;
  const surroundings = { active, findings, restoration, reportDir, progress };
  await runCourse(input.course.scenarios, tools, surroundings);
}

/**
 * Waits for every check to pass; keeps what the last look found, and answers the active node when they all passed.
 *
 * @throws the abort reason when the verification was interrupted
 */
async function checked(context: VerificationContext, findings: Findings): Promise<string | undefined> {
  try {
    return await context.healthy(SETTLED_WITHIN_MS);
  } catch (error) {
    if (error instanceof NotInTimeError) return undefined;
    throw error;
  } finally {
    findings.checks = context.seen;
  }
}

interface Surroundings {
  readonly active: string;
  readonly findings: Findings;
  readonly restoration: Restoration;
  readonly reportDir: string;
  readonly progress: (line: string) => void;
}

/** One scenario after the other, each on a healthy cluster; one that the cluster does not recover from ends the row. */
async function runCourse(names: readonly string[], tools: FaultTools, surroundings: Surroundings): Promise<void> {
  const { findings, restoration } = surroundings;
  let { active } = surroundings;
  for (const [turn, name] of names.entries()) {
    const entry = catalogue.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`no scenario is named ${name}`);
    const reason = await entry.unavailable?.(tools, active);
    if (reason !== undefined) {
      findings.skipped.push(`${name}: ${reason}`);
      continue;
    }
    const file = join(surroundings.reportDir, `${turn + 1}-${name}.pcap.gz`);
    let packets: string | undefined;
    const scenario = await entry.run(tools, { active, load: loadOfTurn(turn), restoration }).finally(async () => {
      packets = await keepPackets(tools.phones.caller, file, surroundings.progress);
    });
    findings.scenarios.push({ ...scenario, scenario: name, ...(packets === undefined ? {} : { packets }) });
    const settled = await checked(tools.context, findings);
    if (settled === undefined) return;
    active = settled;
  }
}
