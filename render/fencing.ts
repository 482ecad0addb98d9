import type { ClusterPlan, FencingPlan, MachinePlan } from "../config/plan.ts";
import { peerOf, shellAssignments } from "./clusterEnv.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { readStatic } from "./staticTree.ts";
import { fillTemplate } from "./template.ts";

const HEADER = "# managed by Pulumi: change the stack file (fencing); values for /usr/lib/sip-ha/fence\n";

/** How a node switches its peer off: the parameters of its device, without secrets. */
export function fencingFiles(plan: ClusterPlan, machine: MachinePlan): RenderedFile[] {
  const { fencing } = plan;
  if (fencing.kind === "none") return [];
  const target = peerOf(plan, machine).name;
  const parameters = fencing.devices[target] ?? {};
  const names = [...Object.keys(parameters), ...(fencing.secret === undefined ? [] : [fencing.secret])];
  const values = Object.entries(parameters).map(([name, text]) => [`FENCE_P_${name}`, text] as const);
  const content = shellAssignments({
    FENCE_PLUGIN: fencing.plugin,
    FENCE_TIMEOUT_MS: fencing.timeoutMs,
    FENCE_THROUGH_TARGET: fencing.throughTarget ? "yes" : "no",
    FENCE_PARAMETERS: names.join(" "),
    ...Object.fromEntries(values),
  });
  return [
    file("/etc/sip-ha/fence.env", "0644", HEADER + content),
    // cluster-glue takes it as the values of its parameters, in one line; it refuses what others can read
    { ...file("/etc/ha.d/fence", "0600", `${target}\n`), effect: "engine" },
  ];
}

/** The secret parameter of a node's device, where its plugin has one. */
export function fencingSecretFiles({ fencing }: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  if (fencing.kind === "none" || fencing.secret === undefined) return [];
  const content = HEADER + shellAssignments({ [`FENCE_P_${fencing.secret}`]: passwordOf(secrets) });
  return [file("/etc/sip-ha/fence-secrets.env", "0600", content)];
}

/** Where each BMC of the lab's fence machine is. */
export function bmcFiles(plan: ClusterPlan): RenderedFile[] {
  const prefix = plan.hosts.privateSubnet.split("/")[1] ?? "";
  return bmcs(plan).map(({ node, address }) =>
    file(`/etc/sip-ha/bmc/${node}.env`, "0644", shellAssignments({ BMC_ADDRESS: `${address}/${prefix}` })),
  );
}

/** The configuration of each BMC, which holds its password. */
export function bmcSecretFiles(plan: ClusterPlan, secrets: ClusterSecrets): RenderedFile[] {
  const template = readStatic("fence", "/etc/sip-ha/bmc/node.conf");
  return bmcs(plan).map(({ node, address, user }) => {
    const marks = { NODE: node, ADDRESS: address, USER: user, PASSWORD: passwordOf(secrets) };
    return file(`/etc/sip-ha/bmc/${node}.conf`, "0600", fillTemplate(template, marks));
  });
}

function bmcs({ fencing }: ClusterPlan): readonly { node: string; address: string; user: string }[] {
  if (fencing.kind === "none" || !fencing.lab) return [];
  return Object.entries(fencing.devices).map(([node, { ipaddr = "", userid = "" }]) => ({
    node,
    address: ipaddr,
    user: userid,
  }));
}

function passwordOf({ fencingPassword }: ClusterSecrets): string {
  if (fencingPassword === undefined) throw new Error("the fencing device needs a password, and none was given");
  return fencingPassword;
}

function file(path: string, mode: string, content: string): RenderedFile {
  return { path, mode, owner: "root:root", effect: "none", content };
}

/** The line of ha.cf that names the device; credentials are not in it. */
export function stonithLine(fencing: FencingPlan): string {
  return fencing.kind === "none"
    ? "# no fencing: two nodes that lose sight of each other both take the group"
    : "stonith external/sip-ha /etc/ha.d/fence";
}
