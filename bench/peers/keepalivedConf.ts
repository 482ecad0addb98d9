import type { ClusterPlan } from "../../config/plan.ts";

/** How keepalived is set up. */
export interface KeepalivedVariant {
  readonly name: string;
  /** Time between two VRRP advertisements, in seconds; three of them missing make a takeover (RFC 9568, 6.1). */
  readonly advertSec: number;
  /** Whether proxy and relay also run on the standby; else they are started with the floating IP. */
  readonly hotStandby: boolean;
}

/** The defaults of keepalived.conf(5), and what people do who know it well. */
export const keepalivedVariants: readonly KeepalivedVariant[] = [
  { name: "keepalived, VRRP defaults", advertSec: 1, hotStandby: false },
  { name: "keepalived, tuned", advertSec: 0.1, hotStandby: true },
];

export const CHECK = "/etc/keepalived/check-sip";
export const NOTIFY = "/etc/keepalived/notify";

/** The priorities of the nodes, by their order of preference. */
const FIRST_PRIORITY = 150;

/**
 * keepalived.conf(5) of one node. Both begin as BACKUP without preemption: as here, a node that comes back does not take
 * the address again. Advertisements go over the private network, since a standby has no public address.
 */
export function keepalivedConf(plan: ClusterPlan, node: string, { advertSec }: KeepalivedVariant): string {
  const index = plan.nodes.findIndex(({ name }) => name === node);
  const own = plan.nodes[index];
  const peers = plan.nodes.filter(({ name }) => name !== node);
  if (own === undefined) throw new Error(`${node} is no node of ${plan.stack}`);
  const { address, prefix, gateway } = plan.floatingIp;
  return `global_defs {
  router_id ${node}
  script_user root
  enable_script_security
  vrrp_version 3
  vrrp_garp_master_refresh 30
  vrrp_rt_priority 50
}

vrrp_script sip {
  script "${CHECK}"
  interval 2
  timeout 2
  fall 2
  rise 1
}

vrrp_instance edge {
  state BACKUP
  nopreempt
  interface eth0
  virtual_router_id 51
  priority ${FIRST_PRIORITY - 10 * index}
  advert_int ${advertSec}
  unicast_src_ip ${own.privateAddress}
  unicast_peer {
    ${peers.map((peer) => peer.privateAddress).join("\n    ")}
  }
  virtual_ipaddress {
    ${address}/${prefix} dev eth1
  }
  virtual_routes {
    default via ${gateway} dev eth1 src ${address}
  }
  track_interface {
    eth1
  }
  track_script {
    sip
  }
  notify_master "${NOTIFY} master"
  notify_backup "${NOTIFY} backup"
  notify_fault "${NOTIFY} backup"
  notify_stop "${NOTIFY} backup"
}
`;
}

/** Fails when this node has the floating IP and its proxy does not answer. */
export function checkScript({ floatingIp, sip }: ClusterPlan): string {
  return `#!/bin/sh
[ -n "$(ip -o addr show to ${floatingIp.address}/32)" ] || exit 0
exec timeout 1 sipsak -s sip:${floatingIp.address}:${sip.port} -D 1 >/dev/null 2>&1
`;
}

/** Starts and stops the daemons with the role; with a hot standby they stay. */
export function notifyScript({ hotStandby }: KeepalivedVariant): string {
  const units = "sip-ha-proxy.service sip-ha-relay.service";
  const stop = hotStandby ? ":" : `systemctl stop ${units}`;
  return `#!/bin/sh
case $1 in
  master) systemctl start ${units} ;;
  *) ${stop} ;;
esac
`;
}
