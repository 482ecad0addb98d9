/**
 * Plugins of cluster-glue 1.0.12 (`stonith -L`, `stonith -t TYPE -n`) that this project knows how to use.
 * A plugin of two nodes gets one device description for each node to be switched off.
 */
export interface StonithPlugin {
  /** Parameters that a stack file must give. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** The parameter that is a secret: the value of `sip-ha:fencingPassword`. */
  readonly secret?: string;
  /** The parameter that names the node; by default it is the node's name. */
  readonly target: string;
  /** Parameters with one right value. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Debian packages that it calls. */
  readonly packages: readonly string[];
  /** Reaches the node itself and not a device beside it: a node that hangs is not switched off, so it is for labs only. */
  readonly throughTarget: boolean;
}

const DEVICE = { optional: [], fixed: {}, throughTarget: false } as const;

export const stonithPlugins: Readonly<Record<string, StonithPlugin>> = {
  "external/ipmi": {
    ...DEVICE,
    required: ["ipaddr", "userid"],
    optional: ["interface", "priv"],
    secret: "passwd",
    target: "hostname",
    // in the environment, where arguments would show in every process list
    fixed: { passwd_method: "env" },
    packages: ["ipmitool"],
  },
  "external/libvirt": {
    ...DEVICE,
    required: ["hypervisor_uri"],
    // a reboot by the guest's own help is no proof that it ended
    fixed: { reset_method: "power_cycle" },
    target: "hostlist",
    packages: ["libvirt-clients"],
  },
  "external/riloe": {
    ...DEVICE,
    required: ["ilo_hostname", "ilo_user"],
    optional: ["ilo_can_reset", "ilo_protocol", "ilo_powerdown_method", "ilo_proxyhost", "ilo_proxyport"],
    secret: "ilo_password",
    target: "hostlist",
    packages: [],
  },
  "external/rackpdu": {
    ...DEVICE,
    required: ["pduip"],
    optional: ["oid", "names_oid", "outlet_config"],
    secret: "community",
    target: "hostlist",
    packages: ["snmp"],
  },
  "external/drac5": {
    ...DEVICE,
    required: ["ipaddr", "userid"],
    target: "hostname",
    packages: ["openssh-client"],
  },
  "external/ssh": {
    ...DEVICE,
    required: [],
    optional: ["livedangerously"],
    target: "hostlist",
    packages: ["openssh-client"],
    throughTarget: true,
  },
};
