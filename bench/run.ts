import { say } from "../cli/say.ts";
import { publish } from "./publish.ts";
import { interruptible } from "./cluster.ts";
import { type LabSite, Sandbox } from "../tests/support/sandbox.ts";
import { Cycle, type Findings } from "./cycle.ts";
import { chooseFrom, requireRuns, type Subject, SUBJECTS, summarise } from "./figures.ts";
import { PROXY_FIGURES, runProxy } from "./proxy/run.ts";
import { thisMachine } from "./machine.ts";
import { type BenchResult, resultText } from "./result.ts";

/** A stack and networks of its own, beside a running `dev` and beside tests. */
const SITE: LabSite = {
  stack: "bench",
  floatingIp: "198.18.20.10",
  gateway: "198.18.20.1",
  privateSubnet: "10.79.0.0/24",
  outsideSubnet: "198.18.21.0/24",
  timing: "standard",
  verification: "{}",
  sshPort: 22079,
};

export interface BenchOptions {
  /** Words of {@link SUBJECTS} and {@link PROXY_FIGURES}; empty for all of them. */
  readonly what: readonly string[];
  /** At least 1; 5 or more for figures to rely on. */
  readonly runs: number;
}

/**
 * Measures clusters of its own, one after the other, and prints the figures as Markdown; also as JSON in `reports/bench/`. The
 * proxies come after the cycle. Removes the clusters in the end.
 * @throws Error when a word or the number of runs is not sound, when it is interrupted, when a step failed, or a proxy's figure is over its limit
 */
export async function runBench({ what, runs }: BenchOptions): Promise<void> {
  const chosen = chooseFrom([...SUBJECTS, ...PROXY_FIGURES], what);
  requireRuns(runs);
  const subjects = SUBJECTS.filter((subject) => chosen.has(subject));
  const ofProxies = PROXY_FIGURES.filter((figure) => chosen.has(figure));
  if (subjects.length > 0) await runCycle(new Set(subjects), { what, runs });
  if (ofProxies.length > 0) await runProxy({ what: ofProxies, runs });
}

async function runCycle(subjects: ReadonlySet<Subject>, { what, runs }: BenchOptions): Promise<void> {
  const findings: Findings = { samples: [], failures: [] };
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine(), runs };
  const command = ["npm run bench --", ...what, "--runs", runs].join(" ");
  try {
    await measure(subjects, runs, findings);
  } finally {
    if (findings.samples.length > 0) {
      const { samples, failures } = findings;
      const result: BenchResult = { ...begun, command, summaries: summarise(samples), failures };
      await publish("", resultText(result), result);
    }
  }
  const { failures } = findings;
  if (failures.length > 0) throw new Error(`${failures.length} steps failed:\n${failures.join("\n")}`);
}

async function measure(subjects: ReadonlySet<Subject>, runs: number, findings: Findings): Promise<void> {
  const sandbox = await Sandbox.create({ site: SITE });
  await interruptible(sandbox, SITE.stack, async (signal) => {
    const cycle = new Cycle(sandbox, subjects, signal, say);
    await cycle.warmUp();
    for (let number = 1; number <= runs; number += 1) await cycle.run(number, findings);
  });
}
