import type { ClusterPlan, InterfacesPlan } from "../config/plan.ts";
import type { RenderedFile } from "./renderedFile.ts";

/** Settings of the kernel that depend on the names of the cards, and on whether media servers are there. */
export function sysctlFiles({ mediaServers, interfaces }: ClusterPlan): RenderedFile[] {
  const lines = [
    "# managed by Pulumi: change the stack file",
    ...arpIgnore(mediaServers.length > 0),
    ...cards(interfaces),
  ];
  return [
    {
      path: "/etc/sysctl.d/61-sip-ha-local.conf",
      mode: "0644",
      owner: "root:root",
      effect: "none",
      content: `${lines.join("\n")}\n`,
    },
  ];
}

/** Whether the private card answers ARP requests for the floating IP (ip-sysctl, arp_ignore). */
function arpIgnore(media: boolean): readonly string[] {
  return media
    ? ["# Media servers reach the floating address over the private network.", "net.ipv4.conf.all.arp_ignore = 0"]
    : ["# The private network never learns the floating address.", "net.ipv4.conf.all.arp_ignore = 1"];
}

function cards(interfaces: InterfacesPlan): readonly string[] {
  return [
    `${setting("ipv4", interfaces.public, "arp_ignore")} = 1`,
    "",
    "# Loose (2) on the private card; strict (1) on the public one: nobody there can claim to be of the private network.",
    "# The larger of `all` and the card's own counts (RFC 3704).",
    `${setting("ipv4", interfaces.private, "rp_filter")} = 2`,
    `${setting("ipv4", interfaces.public, "rp_filter")} = 1`,
    "",
    "# Only the active node has a public address, and IPv4 only: no autoconfigured one appears beside it.",
    `${setting("ipv6", interfaces.public, "disable_ipv6")} = 1`,
  ];
}

/** A card's setting; with slashes where the card's name has a dot, as those of VLANs (sysctl.d(5)). */
function setting(family: "ipv4" | "ipv6", card: string, name: string): string {
  const words = ["net", family, "conf", card, name];
  return words.join(card.includes(".") ? "/" : ".");
}
