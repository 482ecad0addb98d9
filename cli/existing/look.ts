import type { HostAccess } from "../../components/hosts/host.ts";
import { connectionTo } from "../../components/hosts/connection.ts";
import { type ExistingClusterPlan, type FloatingIpPlan, type MachinePlan, machines } from "../../config/plan.ts";
import type { Connections } from "../../remote/connections.ts";
import { messageOf } from "../../remote/eventually.ts";
import { HostStepError } from "../../remote/errors.ts";
import { stageProgram } from "../../render/staticTree.ts";
import { PreflightError, type PreflightFault } from "../preflight/fault.ts";
import { type MachineFacts, parseMachineFacts } from "./facts.ts";
import { machineFaults } from "./rules.ts";

/** Longest look at one machine, in milliseconds. */
const LOOK_TIMEOUT_MS = 30_000;

/**
 * Looks at every machine at once, over one connection each, for what would make a deployment fail; changes nothing.
 *
 * @param privateKey undefined: what the agent holds
 * @param inService the floating IP that was activated last; undefined where none was
 * @throws PreflightError with everything found on all of them
 */
export async function lookAtMachines(
  plan: ExistingClusterPlan,
  privateKey: string | undefined,
  inService: FloatingIpPlan | undefined,
  connections: Connections,
): Promise<void> {
  const found = await Promise.all(
    machines(plan).map((machine) =>
      faultsOf(machine, async (host) => {
        const access = { ...host, connection: connectionTo(plan.hosts, host, privateKey) };
        return machineFaults(plan, host, await look(plan, access, connections), inService);
      }),
    ),
  );
  const faults = found.flat();
  if (faults.length > 0) throw new PreflightError(faults, "on the machines of the cluster");
}

/** One that cannot be looked at is a finding, too. */
async function faultsOf(
  machine: MachinePlan,
  find: (machine: MachinePlan) => Promise<readonly PreflightFault[]>,
): Promise<readonly PreflightFault[]> {
  try {
    return await find(machine);
  } catch (error) {
    if (!(error instanceof HostStepError))
      return [{ what: `${machine.name}: it must tell of itself`, got: messageOf(error), fix: "look at it there" }];
    const { step, said, fix } = error.detail;
    return [{ what: `${machine.name}: it must be possible to ${step}`, got: said, fix }];
  }
}

async function look(plan: ExistingClusterPlan, host: HostAccess, connections: Connections): Promise<MachineFacts> {
  const words = ["bash -s --", plan.floatingIp.address, ...targets(plan, host)];
  return connections.to(host, async (session) => {
    const beganMs = Date.now();
    const text = await session.must("look at the machine", words.join(" "), {
      stdin: stageProgram("inspect.sh"),
      timeoutMs: LOOK_TIMEOUT_MS,
    });
    return parseMachineFacts(text, { beganMs, endedMs: Date.now() });
  });
}

/** Whom a machine has to reach: nodes each other and the database, which answers with sshd before it is installed. */
function targets(plan: ExistingClusterPlan, { name, role }: HostAccess): readonly string[] {
  if (role !== "node") return [];
  const others = [...plan.nodes, plan.database.machine].filter((machine) => machine.name !== name);
  return others.map((machine) => {
    const port = plan.hosts.machines[machine.name]?.ssh.port ?? 22;
    return `${machine.name}=${machine.privateAddress}:${port}`;
  });
}
