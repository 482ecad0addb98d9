import { collectDrift } from "../../cli/drift/collect.ts";
import { hasDrifted, silentHosts } from "../../cli/drift/render.ts";
import type { StackOutputs } from "../../cli/pulumi.ts";
import { runningStack } from "../../cli/runningStack.ts";
import { say } from "../../cli/say.ts";
import { collectStatus } from "../../cli/status/index.ts";
import type { HostAccess } from "../../components/hosts/host.ts";
import { type ClusterPlan, isManaged, machines } from "../../config/plan.ts";
import { all } from "../../remote/eventually.ts";
import type { Session } from "../../remote/session.ts";
import { withConnections } from "../../remote/connections.ts";
import { withSessions } from "../../remote/withSessions.ts";
import { renderHost } from "../../render/index.ts";
import { stageText } from "../../render/stageText.ts";
import { stageProgram } from "../../render/staticTree.ts";
import type { LabSite } from "../../tests/support/sandbox.ts";
import { withCluster } from "../cluster.ts";
import { requireRuns } from "../figures.ts";
import { thisMachine } from "../machine.ts";
import { publish } from "../publish.ts";
import { type BenchRows, refuseOver, rowsText } from "../rows.ts";
import { COUNTS, growthRows, hostsOfRun, type Look } from "./growth.ts";

/** A stack and networks of its own, with the lab's fence machine as sixth host. */
const SITE: LabSite = {
  stack: "hosts",
  floatingIp: "198.18.44.10",
  gateway: "198.18.44.1",
  privateSubnet: "10.85.0.0/24",
  outsideSubnet: "198.18.45.0/24",
  timing: "standard",
  verification: "{ first: checks }",
  sshPort: 22085,
  more: ["fencing: lab"],
};

type Action = (plan: ClusterPlan, hosts: readonly HostAccess[]) => Promise<void>;

/** What is done with all hosts at once around a change. */
const ACTIONS: Readonly<Record<string, Action>> = { "look before a change": inspect, stage, drift, status };

/**
 * Measures on a cluster of its own how what is done with every host grows with their number; prints the table as Markdown,
 * and removes the cluster.
 *
 * @param runs at least 1; as many as there are hosts, or a multiple, for each host to count equally
 * @throws Error when a host could not be asked, or something grows more than linearly
 */
export async function runHosts({ runs }: { readonly runs: number }): Promise<void> {
  requireRuns(runs);
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine() };
  const command = `npm run bench:hosts -- --runs ${runs}`;
  await withCluster(SITE, async (_sandbox, signal) => {
    const looks = await measure(await runningStack(SITE.stack), runs, signal);
    const rows = Object.keys(ACTIONS).flatMap((what) => growthRows(what, looks));
    const result: BenchRows = { ...begun, command, rows };
    await publish("hosts-", rowsText("Hosts", result), result);
    refuseOver(rows);
  });
}

async function measure({ plan, hosts }: StackOutputs, runs: number, signal: AbortSignal): Promise<readonly Look[]> {
  const managed = hosts.filter(isManaged);
  const looks: Look[] = [];
  // the first run is not counted
  for (let run = 0; run <= runs; run += 1) {
    say(run === 0 ? "hosts: warming up" : `hosts: run ${run} of ${runs}`);
    for (const [what, action] of Object.entries(ACTIONS)) {
      for (const count of COUNTS) {
        signal.throwIfAborted();
        const begin = performance.now();
        await action(plan, hostsOfRun(managed, count, run));
        if (run > 0) looks.push({ what, hosts: count, milliseconds: performance.now() - begin });
      }
    }
  }
  return looks;
}

async function drift(_plan: ClusterPlan, hosts: readonly HostAccess[]): Promise<void> {
  const found = await withConnections((connections) => collectDrift(hosts, connections));
  if (hasDrifted(found)) throw new Error("hosts of a cluster that nobody touched have drifted; see `npm run drift`");
  refuseSilent(silentHosts(found));
}

async function status(plan: ClusterPlan, hosts: readonly HostAccess[]): Promise<void> {
  const { hosts: seen } = await withConnections((connections) => collectStatus(plan, hosts, connections));
  refuseSilent(seen.filter(({ found }) => found.kind !== "report").map(({ name }) => name));
}

/** The files that it has already, sent and looked at as for any change. */
async function stage(plan: ClusterPlan, hosts: readonly HostAccess[]): Promise<void> {
  const text = new Map(machines(plan).map((machine) => [machine.name, stageText(renderHost(plan, machine))]));
  const receive = stageProgram("receive.sh");
  await onEach(hosts, (session) => session.must("stage files", receive, { stdin: text.get(session.name) ?? "" }));
}

async function inspect({ floatingIp }: ClusterPlan, hosts: readonly HostAccess[]): Promise<void> {
  const stdin = stageProgram("inspect.sh");
  await onEach(hosts, (session) => session.must("look", `bash -s -- ${floatingIp.address}`, { stdin }));
}

async function onEach(hosts: readonly HostAccess[], action: (session: Session) => Promise<unknown>): Promise<void> {
  await withSessions(hosts, async (sessions) => {
    await all(sessions.map(action));
  });
}

function refuseSilent(names: readonly string[]): void {
  if (names.length > 0) throw new Error(`${names.join(", ")} could not be asked; see \`npm run status\``);
}
