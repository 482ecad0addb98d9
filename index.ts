import * as pulumi from "@pulumi/pulumi";
import { DockerLab } from "./components/hosts/dockerLab.ts";
import { ExistingHosts } from "./components/hosts/existingHosts.ts";
import type { Host } from "./components/hosts/host.ts";
import { SipCluster } from "./components/sipCluster.ts";
import { warnWithoutFencing } from "./components/warnings.ts";
import { refuseChangeInService } from "./config/inService.ts";
import { LOOKED_AT } from "./config/liveChange.ts";
import { loadIdentity, loadPlan, loadSecrets } from "./config/load.ts";
import { engineSocket } from "./toolchain/engineSocket.ts";
import { labImageName } from "./toolchain/labImageName.ts";
import { mediaImageName } from "./toolchain/mediaImageName.ts";

const config = new pulumi.Config();
const directory = process.cwd();
const plan = loadPlan(config, pulumi.getStack());

if (process.env[LOOKED_AT] === undefined) await refuseChangeInService(plan);
warnWithoutFencing(plan);
const edge = new SipCluster("edge", { plan, hosts: makeHosts(), directory, ...loadSecrets(config) });

/** The plan with every default filled in. */
export const cluster = edge.cluster;
/** How each host is reached; secret. */
export const access = edge.access;

function makeHosts(): readonly Host[] {
  if (plan.hosts.kind === "lab") {
    const images = { image: labImageName(), mediaImage: mediaImageName() };
    return new DockerLab("lab", { plan, ...images, engineSocket: engineSocket() }).hosts;
  }
  const privateKey = loadIdentity(config, plan);
  return new ExistingHosts("existing", { plan, directory, ...(privateKey ? { privateKey } : {}) }).hosts;
}
