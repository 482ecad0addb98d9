import type { ClusterPlan, HostRole } from "../config/plan.ts";

const NODE = ["chrony", "heartbeat", "iproute2", "iputils-arping", "python3", "sipsak", "socat"] as const;

const PROXY = {
  kamailio: ["kamailio", "kamailio-mysql-modules"],
  opensips: ["opensips", "opensips-auth-modules", "opensips-mysql-module"],
} as const satisfies Record<ClusterPlan["proxy"], readonly string[]>;

/**
 * Packages that a machine needs beside a minimal installation, sorted; what they depend on is not listed.
 * RTPproxy is not among them: nodes get it as the Python wheel `rtp.io`.
 */
export function packagesFor(role: HostRole, { proxy }: ClusterPlan): readonly string[] {
  switch (role) {
    case "node":
      return [...NODE, ...PROXY[proxy]].sort();
    case "database":
      return ["chrony", "mariadb-server"];
    case "bastion":
      return ["chrony"];
    case "caller":
      return ["chrony", "sip-tester", "tcpdump", "tshark"];
    case "fence":
      return ["chrony"];
    case "router":
      return [];
  }
}

/** Python wheels that a machine needs, unpacked where no package manager minds them. */
export function wheelsFor(role: HostRole): readonly { name: string; version: string; python: string }[] {
  return role === "node" ? [{ name: "rtp.io", version: "1.1.1", python: "3.11" }] : [];
}
