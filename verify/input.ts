import type { HostAccess } from "../components/hosts/host.ts";
import type { ClusterPlan } from "../config/plan.ts";
import type { Course } from "./catalogue/course.ts";

/** What one verification works on. */
export interface VerificationInput {
  readonly plan: ClusterPlan;
  readonly hosts: readonly HostAccess[];
  readonly course: Course;
  /** Directory of the stack's reports; the run makes its own below it and points `latest` at it. */
  readonly reportDir: string;
}
