import type { ClusterPlan, MediaServerPlan } from "../config/plan.ts";
import { shellAssignments } from "./clusterEnv.ts";
import type { RenderedFile } from "./renderedFile.ts";
import { staticTree } from "./staticTree.ts";

const HEADER = "managed by Pulumi: values from the stack file";

/** Everything on a media server that the lab makes, sorted by path; a media server elsewhere gets nothing from here. */
export function renderMediaServer(plan: ClusterPlan, server: MediaServerPlan): RenderedFile[] {
  const generated = (path: string, content: string): RenderedFile => ({
    path,
    mode: "0644",
    owner: "root:root",
    effect: "none",
    content,
  });
  const values = shellAssignments({ FLOATING_IP: plan.floatingIp.address });
  return [
    ...staticTree("media"),
    generated("/etc/sip-ha/media.env", `# ${HEADER}\n${values}`),
    generated("/etc/sip-ha/asterisk/pjsip-local.conf", pjsip(plan, server)),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Where Asterisk listens, and where the edge is: every request comes from the floating IP and goes there. */
function pjsip({ floatingIp, sip }: ClusterPlan, { address, port }: MediaServerPlan): string {
  return [
    `; ${HEADER}`,
    ...section("edge", { type: "transport", protocol: "udp", bind: `${address}:${port}` }),
    ...section("edge", { type: "aor", contact: `sip:${floatingIp.address}:${sip.port}` }),
    ...section("edge", { type: "identify", endpoint: "edge", match: `${floatingIp.address}/32` }),
    "",
  ].join("\n");
}

function section(name: string, options: Readonly<Record<string, string>>): string[] {
  return ["", `[${name}]`, ...Object.entries(options).map(([option, value]) => `${option} = ${value}`)];
}
