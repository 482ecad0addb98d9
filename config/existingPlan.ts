import type { ExistingOptions } from "./existingSchema.ts";
import type { ExistingMachinePlan, ExistingPlan, IdentityPlan, InterfacesPlan, MachinePlan, TimePlan } from "./plan.ts";

type Given = ExistingOptions["database"];

/** The lab's machines name their cards so, and most others do. */
export const usualInterfaces: InterfacesPlan = { private: "eth0", public: "eth1", dedicated: "eth2" };

/** A machine that was given, in its role. */
export function existingMachine(role: MachinePlan["role"], { name, address }: Given): MachinePlan {
  return { name, role, privateAddress: address };
}

/** The plan of what stands under `hosts` with kind `existing`. */
export function existingPlan(hosts: ExistingOptions): ExistingPlan {
  const { nodes, database, caller } = hosts;
  const reached = [
    ...nodes.map((node) => ({ given: node, macs: macsOf(node) })),
    ...[database, ...(caller ? [caller] : [])].map((given) => ({ given, macs: {} })),
  ];
  return {
    kind: hosts.kind,
    privateSubnet: hosts.privateSubnet,
    ...(hosts.heartbeatSubnet === undefined ? {} : { heartbeatSubnet: hosts.heartbeatSubnet }),
    identity: identityPlan(hosts.ssh.identity),
    bastions: hosts.bastions.map(({ user = hosts.ssh.user, ...bastion }) => ({ ...bastion, user })),
    machines: Object.fromEntries(reached.map(({ given, macs }) => [given.name, machinePlan(hosts, given, macs)])),
    ...(caller ? { caller: existingMachine("caller", caller) } : {}),
  };
}

function identityPlan(identity: ExistingOptions["ssh"]["identity"]): IdentityPlan {
  return typeof identity === "string" ? { kind: identity } : { kind: "file", file: identity.file };
}

function macsOf({ privateMac, publicMac }: ExistingOptions["nodes"][number]): ExistingMachinePlan["macs"] {
  return {
    ...(privateMac === undefined ? {} : { private: privateMac }),
    ...(publicMac === undefined ? {} : { public: publicMac }),
  };
}

function machinePlan(hosts: ExistingOptions, given: Given, macs: ExistingMachinePlan["macs"]): ExistingMachinePlan {
  const { ssh, bastions } = hosts;
  const bastion = given.bastion ?? bastions[0]?.name;
  return {
    ssh: {
      host: given.host ?? given.address,
      port: given.port ?? ssh.port,
      user: given.user ?? ssh.user,
      hostKey: given.hostKey,
    },
    ...(bastion === undefined ? {} : { bastion }),
    macs,
  };
}

/** The nodes' cards under the names that the stack file gives them. */
export function existingInterfaces({ interfaces }: ExistingOptions): InterfacesPlan {
  return { private: interfaces.private, public: interfaces.public, dedicated: interfaces.heartbeat };
}

/** Whose clock is followed: that of the time servers, else that of the database machine. */
export function existingTime({ timeServers, database }: ExistingOptions): TimePlan {
  return timeServers.length > 0 ? { sources: timeServers } : { server: database.name, sources: [database.address] };
}
