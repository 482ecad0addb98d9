import { type ClusterPlan, fenceOf, type HostRole, type Relay } from "../config/plan.ts";
import { releases } from "../config/releases.ts";

const NODE = [
  "chrony",
  "heartbeat",
  "iproute2",
  "iputils-arping",
  "iputils-ping",
  "python3",
  "sipsak",
  "socat",
] as const;

const PROXY = {
  // netbase: what TCP is (/etc/protocols)
  kamailio: ["kamailio", "kamailio-mysql-modules", "netbase"],
  opensips: ["opensips", "opensips-auth-modules", "opensips-mysql-module"],
} as const satisfies Record<ClusterPlan["proxy"], readonly string[]>;

const TLS: Readonly<Record<ClusterPlan["proxy"], readonly string[]>> = {
  kamailio: ["kamailio-tls-modules"],
  opensips: ["opensips-tls-module", "opensips-tls-openssl-module", "opensips-tlsmgm-module"],
};

/** What each relay takes; RTPproxy itself comes as the Python wheel `rtp.io`, MediaProxy from its vendor. */
const RELAY: Readonly<Record<Relay, readonly string[]>> = {
  rtpproxy: [],
  rtpengine: ["rtpengine-daemon"],
  mediaproxy: ["iptables", "mediaproxy-dispatcher", "mediaproxy-relay", "openssl"],
  none: [],
};

/** Packages that a machine needs beside a minimal installation, sorted; what they depend on is not listed. */
export function packagesFor(role: HostRole, plan: ClusterPlan): readonly string[] {
  switch (role) {
    case "node":
      return [
        ...NODE,
        ...PROXY[plan.proxy],
        ...tlsPackages(plan),
        ...RELAY[plan.relay],
        ...fencingPackages(plan),
        ...firewallPackages(plan),
      ].sort();
    case "database":
      return ["chrony", "mariadb-server", ...firewallPackages(plan), ...(plan.redis ? ["redis-server"] : [])];
    case "bastion":
      return ["chrony", ...firewallPackages(plan)];
    case "caller":
      return ["chrony", ...firewallPackages(plan), "sip-tester", "tcpdump", "tshark"];
    case "fence":
      return fenceOf(plan) ? ["chrony", ...firewallPackages(plan), "openipmi", "python3"] : [];
    case "router":
      return [];
  }
}

function tlsPackages({ proxy, sip }: ClusterPlan): readonly string[] {
  return sip.tls ? TLS[proxy] : [];
}

/** What the plugin of the fencing device calls. */
function fencingPackages({ fencing }: ClusterPlan): readonly string[] {
  return fencing.kind === "none" ? [] : fencing.packages;
}

function firewallPackages({ firewall }: ClusterPlan): readonly string[] {
  return firewall.mode === "managed" ? ["nftables"] : [];
}

/** Python wheels that a machine needs, unpacked where no package manager minds them. */
export function wheelsFor(
  role: HostRole,
  { relay, release }: ClusterPlan,
): readonly { name: string; version: string; python: string }[] {
  const { python } = releases[release];
  return role === "node" && relay === "rtpproxy" ? [{ name: "rtp.io", version: "1.1.1", python }] : [];
}
