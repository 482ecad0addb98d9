import type { ExistingClusterPlan, MachinePlan } from "../../config/plan.ts";

interface WantedPort {
  readonly protocol: "udp" | "tcp";
  readonly port: number;
  readonly what: string;
}

/** What the group or the database will listen on. */
export function wantedPorts(plan: ExistingClusterPlan, { role }: MachinePlan): readonly WantedPort[] {
  const { sip, heartbeatPort, database } = plan;
  switch (role) {
    case "node":
      return [
        { protocol: "udp", port: sip.port, what: "SIP" },
        ...(sip.tcp ? [{ protocol: "tcp" as const, port: sip.port, what: "SIP" }] : []),
        { protocol: "udp", port: heartbeatPort, what: "heartbeat" },
      ];
    case "database":
      return [{ protocol: "tcp", port: database.port, what: "the database" }];
    default:
      return [];
  }
}
