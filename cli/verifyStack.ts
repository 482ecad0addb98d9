import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { HostAccess } from "../components/hosts/host.ts";
import type { ClusterPlan } from "../config/plan.ts";
import type { Course } from "../verify/catalogue/course.ts";
import { runVerification } from "../verify/index.ts";
import { stateDir } from "./directories.ts";

/**
 * Verifies a running cluster and writes its report into the user's state directory.
 * @returns the path of the report.
 * @throws Error with the broken bounds, when there are any; the report is written all the same.
 */
export async function verifyStack(
  plan: ClusterPlan,
  hosts: readonly HostAccess[],
  course: Course,
  say: (line: string) => void,
): Promise<string> {
  const reportDir = join(stateDir(), "reports", plan.stack, new Date().toISOString().replaceAll(":", ""));
  await mkdir(reportDir, { recursive: true });
  await runVerification({ plan, hosts, course, reportDir }, say);
  return join(reportDir, "report.html");
}
