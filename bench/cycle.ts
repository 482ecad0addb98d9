import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { projectDir } from "../toolchain/versions.ts";
import type { Sandbox } from "../tests/support/sandbox.ts";
import type { Sample, Subject } from "./figures.ts";
import { readOutages } from "./outages.ts";

const KAMAILIO_CFG = "files/node-kamailio/etc/kamailio/kamailio.cfg";
/** The end of what a failed step said, in characters. */
const SAID = 600;

/** What the runs have found so far. */
export interface Findings {
  readonly samples: Sample[];
  readonly failures: string[];
}

/** Takes one cluster through its life, again and again, and keeps how long each step took. */
export class Cycle {
  readonly #sandbox: Sandbox;
  readonly #subjects: ReadonlySet<Subject>;
  readonly #interrupted: AbortSignal;
  readonly #say: (line: string) => void;

  constructor(sandbox: Sandbox, subjects: ReadonlySet<Subject>, interrupted: AbortSignal, say: (line: string) => void) {
    this.#sandbox = sandbox;
    this.#subjects = subjects;
    this.#interrupted = interrupted;
    this.#say = say;
  }

  /** Once through everything without counting, so that every cache is warm; the cluster stays where runs do not make their own. */
  async warmUp(): Promise<void> {
    const uncounted: Findings = { samples: [], failures: [] };
    await this.#step("warm-up", "up", uncounted);
    if (this.#fresh) await this.#step("warm-up", "destroy", uncounted);
    const [failure] = uncounted.failures;
    if (failure !== undefined) throw new Error(failure);
  }

  /** One run; a step that fails is kept as a failure, and what builds on it is left out. */
  async run(number: number, findings: Findings): Promise<void> {
    const name = `run ${number}`;
    const startedAt = new Date();
    if (this.#fresh) {
      const built = await this.#step(name, "up", findings, "up from nothing to verified");
      await this.#keepOutages(startedAt, findings);
      if (built) await this.#changes(name, number, findings);
      await this.#step(name, "destroy", findings, built ? "destroy" : undefined);
      return;
    }
    if (this.#subjects.has("outage")) {
      await this.#step(name, "verify power-off", findings);
      await this.#keepOutages(startedAt, findings);
    }
    await this.#changes(name, number, findings);
  }

  /** Whether each run builds a cluster of its own. */
  get #fresh(): boolean {
    return this.#subjects.has("up") || this.#subjects.has("destroy");
  }

  async #changes(name: string, number: number, findings: Findings): Promise<void> {
    if (this.#subjects.has("no-op")) await this.#step(name, "up", findings, "up without a change");
    if (!this.#subjects.has("change")) return;
    await this.#sandbox.edit(KAMAILIO_CFG, (text) => withRemark(text, number));
    await this.#step(name, "up", findings, "up with one changed line and its switchover");
  }

  async #keepOutages(since: Date, { samples }: Findings): Promise<void> {
    if (!this.#subjects.has("outage")) return;
    samples.push(...(await readOutages(join(this.#sandbox.reports, "latest", "report.json"), since)));
  }

  /** Runs a verb; its duration counts when it succeeded and has a title. */
  async #step(run: string, words: string, findings: Findings, title?: Sample["title"]): Promise<boolean> {
    this.#interrupted.throwIfAborted();
    this.#say(`\n== bench, ${run}: ${title ?? words}`);
    const [verb = "", ...rest] = words.split(" ");
    const started = performance.now();
    const { exitCode, said } = await this.#sandbox.sipHa(verb, ...rest);
    const milliseconds = performance.now() - started;
    this.#interrupted.throwIfAborted();
    if (exitCode === 0) {
      if (title !== undefined) findings.samples.push({ title, milliseconds });
      return true;
    }
    findings.failures.push(`${run}: ${title ?? words}: exit status ${exitCode ?? "none"}: ${said.trim().slice(-SAID)}`);
    await this.#keepReports(run);
    return false;
  }

  /** The sandbox is removed in the end; why a step failed is in its reports, with their packets. */
  async #keepReports(run: string): Promise<void> {
    const { reports } = this.#sandbox;
    if (!existsSync(reports)) return;
    const kept = join(projectDir, "reports", "bench", `failed-${run.replaceAll(" ", "-")}`);
    await rm(kept, { recursive: true, force: true });
    await cp(reports, kept, { recursive: true, verbatimSymlinks: true });
    this.#say(`its reports are kept: ${kept}`);
  }
}

/** A configuration that differs from the one of every other run in one line. */
export function withRemark(text: string, number: number): string {
  return text.replace(/^#!KAMAILIO\n(?:# measured in run \d+\n)?/, `#!KAMAILIO\n# measured in run ${number}\n`);
}
