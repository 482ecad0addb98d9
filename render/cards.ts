import type { ClusterPlan } from "../config/plan.ts";
import type { RenderedFile } from "./renderedFile.ts";

/**
 * Keeps the network managers' hands off the public card, whose address and routes are the resource group's: what
 * systemd-networkd (and netplan, which configures it) or NetworkManager has not configured itself, either takes away
 * when it is restarted, upgraded or told to configure the card anew (systemd.network(5) Unmanaged,
 * NetworkManager.conf(5) unmanaged-devices). ifupdown takes a card down with `systemctl restart networking`, even one
 * with `manual`, unless it is told not to (interfaces(5), no-auto-down).
 */
export function cardFiles({ interfaces }: ClusterPlan): RenderedFile[] {
  return [
    // before every file of the operator's and of netplan's, 10-netplan-*: the first that matches counts
    file("/etc/systemd/network/05-sip-ha-public.network", [
      "[Match]",
      `Name=${interfaces.public}`,
      "",
      "[Link]",
      "Unmanaged=yes",
    ]),
    file("/etc/NetworkManager/conf.d/60-sip-ha.conf", [
      "[keyfile]",
      `unmanaged-devices+=interface-name:${interfaces.public}`,
    ]),
    file("/etc/network/interfaces.d/60-sip-ha", [`no-auto-down ${interfaces.public}`]),
  ];
}

function file(path: string, lines: readonly string[]): RenderedFile {
  const content = ["# managed by Pulumi: the group's addresses and routes are on this card", ...lines, ""].join("\n");
  return { path, mode: "0644", owner: "root:root", effect: "none", content };
}
