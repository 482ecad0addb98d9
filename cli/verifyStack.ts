import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { HostAccess } from "../components/hosts/host.ts";
import type { ClusterPlan, VerificationLevel } from "../config/plan.ts";
import { runVerification } from "../verify/index.ts";
import { stateDir } from "./directories.ts";

const LEVELS = ["checks", "switchover", "power-off"] as const satisfies VerificationLevel[];

/** @throws Error naming the levels when the word is none of them. */
export function parseLevel(word: string | undefined): VerificationLevel | undefined {
  const level = LEVELS.find((known) => known === word);
  if (word !== undefined && !level) throw new Error(`unknown verification level ${word}; one of ${LEVELS.join(", ")}`);
  return level;
}

/** What a verification leaves in the stack: where its report is. */
export interface VerificationResult {
  readonly level: VerificationLevel;
  readonly report?: string;
}

/**
 * Verifies a running cluster and writes its report into the user's state directory.
 * @throws Error with the broken bounds, when there are any; the report is written all the same.
 */
export async function verifyStack(
  plan: ClusterPlan,
  hosts: readonly HostAccess[],
  level: VerificationLevel,
  say: (line: string) => void,
): Promise<VerificationResult> {
  if (level === "off") return { level };
  const reportDir = join(stateDir(), "reports", plan.stack, new Date().toISOString().replaceAll(":", ""));
  await mkdir(reportDir, { recursive: true });
  await runVerification({ plan, hosts, level, reportDir }, say);
  return { level, report: join(reportDir, "report.html") };
}
