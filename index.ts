import * as pulumi from "@pulumi/pulumi";
import { DockerLab } from "./components/hosts/dockerLab.ts";
import { SipCluster } from "./components/sipCluster.ts";
import { warnWithoutFencing } from "./components/warnings.ts";
import { loadPlan, loadSecrets } from "./config/load.ts";
import { engineSocket } from "./toolchain/engineSocket.ts";
import { labImageName } from "./toolchain/labImageName.ts";
import { mediaImageName } from "./toolchain/mediaImageName.ts";

const config = new pulumi.Config();
const directory = process.cwd();
const plan = loadPlan(config, pulumi.getStack());

warnWithoutFencing(plan);
const lab = new DockerLab("lab", {
  plan,
  image: labImageName(),
  mediaImage: mediaImageName(),
  engineSocket: engineSocket(),
});
const edge = new SipCluster("edge", { plan, hosts: lab.hosts, directory, ...loadSecrets(config) });

/** The plan with every default filled in. */
export const cluster = edge.cluster;
/** How each host is reached; secret. */
export const access = edge.access;
