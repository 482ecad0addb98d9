import type { HostRole } from "../../config/plan.ts";
import type { HostReport, NodeReport } from "./report.ts";

/** What was found out about one host. */
export interface HostSeen {
  readonly name: string;
  readonly role: HostRole;
  readonly privateAddress: string;
  /** The Docker container that it is, where it is one. */
  readonly container?: string;
  readonly found: Found;
}

/**
 * `report`: it told what it sees. `answers`: it is up; nothing of the cluster is on it.
 * `bare`: it is up, but its report program is missing or fails. `silent`: no SSH.
 */
export type Found =
  | { readonly kind: "report"; readonly report: HostReport }
  | { readonly kind: "answers" }
  | { readonly kind: "bare" | "silent"; readonly said: string };

/** A node that told what it sees. */
export interface NodeSeen {
  readonly name: string;
  readonly report: NodeReport;
}

/** The nodes among hosts that told what they see. */
export function reportingNodes(hosts: readonly HostSeen[]): readonly NodeSeen[] {
  return hosts.flatMap(({ name, found }) =>
    found.kind === "report" && found.report.role === "node" ? [{ name, report: found.report }] : [],
  );
}

/** How a host that may be off is switched on. */
export function powerOn({ name, container }: HostSeen): string {
  return container === undefined ? `switch ${name} on` : `docker start ${container}`;
}
