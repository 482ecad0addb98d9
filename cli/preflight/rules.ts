import { type Network, overlaps, parseNetwork } from "../../config/addresses.ts";
import { type LabClusterPlan, machines } from "../../config/plan.ts";
import type { PreflightFault } from "./fault.ts";
import type { Facts } from "./facts.ts";

const MIN_VERSION = "20.10";
const MIN_FREE_BYTES = 4 * 1024 ** 3;

/** What stands in the way of a plan on a machine in this state; pure. */
export function check(plan: LabClusterPlan, facts: Facts): readonly PreflightFault[] {
  return [
    ...engineFaults(facts),
    ...diskFaults(facts),
    ...networkFaults(plan, facts),
    ...routeFaults(plan, facts),
    ...portFaults(plan, facts),
    ...nameFaults(plan, facts),
  ];
}

function engineFaults({ version }: Facts): readonly PreflightFault[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 10)) return [];
  return [
    {
      what: `the Docker engine must be ${MIN_VERSION} or newer`,
      got: version,
      fix: "update it, or set DOCKER_HOST to a newer one",
    },
  ];
}

function diskFaults({ dataDir, freeBytes }: Facts): readonly PreflightFault[] {
  if (freeBytes === undefined || freeBytes >= MIN_FREE_BYTES) return [];
  return [
    {
      what: `Docker needs ${gigabytes(MIN_FREE_BYTES)} of free disk in ${dataDir}`,
      got: gigabytes(freeBytes),
      fix: "free some, for instance by `docker system prune`",
    },
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

interface Subnet {
  readonly option: string;
  readonly network: Network;
}

function subnets({ hosts }: LabClusterPlan): readonly Subnet[] {
  const options = ["privateSubnet", "publicSubnet", "outsideSubnet", "heartbeatSubnet"] as const;
  return options.flatMap((option) => {
    const cidr = hosts[option];
    return cidr === undefined ? [] : [{ option: `hosts.${option}`, network: parseNetwork(cidr) }];
  });
}

/** Docker refuses a network that overlaps another of its own. */
function networkFaults(plan: LabClusterPlan, { networks }: Facts): readonly PreflightFault[] {
  return subnets(plan).flatMap(({ option, network }) =>
    networks
      .filter(({ stack, subnet }) => stack !== plan.stack && overlaps(network, parseNetwork(subnet)))
      .map(({ name, subnet }) => ({
        what: `${option} ${network.cidr} must not overlap another Docker network`,
        got: `network ${name} with ${subnet}`,
        fix: `choose another subnet in Pulumi.${plan.stack}.yaml, or remove that network`,
      })),
  );
}

/** A subnet that this machine itself has would cut it off from there. Docker's own bridges are judged as networks. */
function routeFaults(plan: LabClusterPlan, { routes }: Facts): readonly PreflightFault[] {
  return subnets(plan).flatMap(({ option, network }) =>
    routes
      .filter(({ target }) => overlaps(network, parseNetwork(target)))
      .map(({ target, device }) => ({
        what: `${option} ${network.cidr} must not overlap a network of this machine`,
        got: `${target} on ${device}`,
        fix: `choose another subnet in Pulumi.${plan.stack}.yaml`,
      })),
  );
}

function portFaults(plan: LabClusterPlan, { portHolder }: Facts): readonly PreflightFault[] {
  if (portHolder === undefined) return [];
  return [
    {
      what: `hosts.sshPort ${plan.hosts.sshPort} must be free on 127.0.0.1`,
      got: `it taken by ${portHolder}`,
      fix: `set another sshPort in Pulumi.${plan.stack}.yaml, or stop what uses it`,
    },
  ];
}

function nameFaults(plan: LabClusterPlan, { containers }: Facts): readonly PreflightFault[] {
  const wanted = [...machines(plan), ...plan.mediaServers].map(({ name }) => `sip-ha-${plan.stack}-${name}`);
  return containers
    .filter(({ name, stack }) => wanted.includes(name) && stack !== plan.stack)
    .map(({ name }) => ({
      what: `container name ${name} must be free`,
      got: "a container of that name that is not of this stack",
      fix: `remove it (\`docker rm -f ${name}\`) or rename it`,
    }));
}
