import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  type ClusterOptions,
  clusterPlan,
  DockerLab,
  engineSocket,
  labImageName,
  mediaImageName,
  SipCluster,
  warnWithoutFencing,
} from "sip-ha";

// The configuration is this program's own: the library reads none.
const config = new pulumi.Config();
const directory = process.cwd();

const options: ClusterOptions = {
  sip: { domain: config.get("domain") ?? "sip.example.net" },
  floatingIp: { address: "198.18.30.10", prefix: 24, gateway: "198.18.30.1" },
  hosts: { kind: "lab", privateSubnet: "10.76.0.0/24", outsideSubnet: "198.18.31.0/24", sshPort: 22076 },
};

// Everything that is wrong with the options comes at once, before any resource is made.
const plan = clusterPlan(options, {
  stack: `library-${pulumi.getStack()}`,
  directory,
  secrets: ["databasePassword"],
});
warnWithoutFencing(plan);

const lab = new DockerLab("lab", {
  plan,
  image: labImageName(),
  mediaImage: mediaImageName(),
  engineSocket: engineSocket(),
});

const password = new random.RandomPassword("database", { length: 32, special: false });

const edge = new SipCluster("edge", { plan, hosts: lab.hosts, directory, databasePassword: password.result });

/** Where phones register. */
export const registrar = `sip:${edge.cluster.sip.domain}:${edge.cluster.sip.port};maddr=${edge.cluster.floatingIp.address}`;
/** The plan and how each host is reached, as the command line wants them. */
export const { cluster, access } = edge;
