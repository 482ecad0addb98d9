/**
 * What other Pulumi programs get of this project: the cluster, the lab, and the plan that both are made from.
 * docs/library.md tells how they are put together; examples/library does it.
 */
export { SipCluster, type SipClusterArgs } from "./components/sipCluster.ts";
export { ExistingHosts, type ExistingHostsArgs } from "./components/hosts/existingHosts.ts";
export { DockerLab, type DockerLabArgs } from "./components/hosts/dockerLab.ts";
export type { Connection, DockerPower, Host, HostAccess } from "./components/hosts/host.ts";
export { warnWithoutFencing } from "./components/warnings.ts";
export {
  ClusterError,
  type ClusterOptions,
  clusterPlan,
  type ProgramContext,
  type SecretName,
} from "./config/clusterPlan.ts";
export type { Fault } from "./config/faults.ts";
export type { ClusterPlan, HostRole, MachinePlan } from "./config/plan.ts";
export { engineSocket } from "./toolchain/engineSocket.ts";
export { labImageName } from "./toolchain/labImageName.ts";
export { mediaImageName } from "./toolchain/mediaImageName.ts";
