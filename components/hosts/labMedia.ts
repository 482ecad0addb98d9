import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { LabClusterPlan, MediaServerPlan } from "../../config/plan.ts";
import { renderMediaServer } from "../../render/mediaServer.ts";
import { labObjectName, stackLabel } from "./labNames.ts";
import { mediaWiring, wiringText } from "./labNetwork.ts";

interface MediaServerArgs {
  readonly plan: LabClusterPlan;
  readonly server: MediaServerPlan;
  /** Of the private network. */
  readonly network: pulumi.Input<string>;
  readonly image: string;
}

/** Sets up the cards of every lab machine; in the lab's own image it lies already. */
const BOOT = "/usr/lib/sip-ha-lab/boot";

/** An Asterisk on the private network: neither systemd nor SSH, so all it is goes in when the container is made. */
export function createMediaServer(name: string, args: MediaServerArgs, parent: pulumi.Resource): docker.Container {
  const { plan, server, network, image } = args;
  return new docker.Container(
    name,
    {
      name: labObjectName(plan.stack, server.name),
      hostname: server.name,
      image,
      labels: [stackLabel(plan.stack)],
      networksAdvanced: [{ name: network, ipv4Address: server.address }],
      uploads: uploads(plan, server),
      sysctls: { "net.ipv4.ip_forward": "0" },
      command: ["/usr/bin/tini", "--", "/usr/lib/sip-ha/media-server"],
      // as the lab's other machines: its boot program renames cards and mounts a /proc of its own
      capabilities: { adds: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN"] },
      securityOpts: ["seccomp=unconfined", "apparmor=unconfined"],
      // recordings go with the power
      tmpfs: { "/run": "exec", "/tmp": "exec", "/var/spool/asterisk/monitor": "size=64m" },
      destroyGraceSeconds: 1,
    },
    { parent, deleteBeforeReplace: true },
  );
}

function uploads(plan: LabClusterPlan, server: MediaServerPlan): docker.types.input.ContainerUpload[] {
  const boot = readFileSync(new URL(`../../files/lab${BOOT}`, import.meta.url), "utf8");
  return [
    { file: "/etc/sip-ha-lab/network", permissions: "0644", content: wiringText(mediaWiring(plan, server)) },
    { file: BOOT, permissions: "0755", content: boot },
    ...renderMediaServer(plan, server).map(({ path, mode, content }) => ({ file: path, permissions: mode, content })),
  ];
}
