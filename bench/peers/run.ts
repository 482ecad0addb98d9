import { say } from "../../cli/say.ts";
import { publish } from "../publish.ts";
import { messageOf } from "../../remote/eventually.ts";
import type { LabSite } from "../../tests/support/sandbox.ts";
import type { FaultTools, VerificationContext } from "../../verify/context.ts";
import { loadOfTurn } from "../../verify/phones/preparePhones.ts";
import { build, withCluster, withFaultTools } from "../cluster.ts";
import { requireRuns } from "../figures.ts";
import { thisMachine } from "../machine.ts";
import { heartbeatPair } from "./heartbeatPair.ts";
import { keepalivedVariants } from "./keepalivedConf.ts";
import { keepalivedPair } from "./keepalivedPair.ts";
import type { Pair } from "./pair.ts";
import { type Finding, measureRow, ROWS } from "./rows.ts";
import { type PeersResult, peersText } from "./table.ts";

/** A stack and networks of its own. */
const SITE: LabSite = {
  stack: "peers",
  floatingIp: "198.18.30.10",
  gateway: "198.18.30.1",
  privateSubnet: "10.80.0.0/24",
  outsideSubnet: "198.18.31.0/24",
  timing: "standard",
  verification: "{ first: checks }",
  // it admits no VRRP
  firewall: "{ mode: none }",
  sshPort: 22080,
};

interface Found {
  readonly findings: Finding[];
  readonly failures: string[];
}

/**
 * Builds one cluster and puts it through the same faults with Heartbeat (profiles standard and fast) and with keepalived
 * (VRRP defaults and tuned), measured by the same record; prints the table as Markdown, and removes the cluster.
 *
 * @param runs how often each fault; at least 1, 5 or more for figures to rely on
 * @throws Error when a run failed; the table is of the others
 */
export async function runPeers({ runs }: { readonly runs: number }): Promise<void> {
  requireRuns(runs);
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine() };
  const found: Found = { findings: [], failures: [] };
  try {
    await withCluster(SITE, async (sandbox, signal) => {
      await onCluster(found, runs, signal, [(context) => heartbeatPair(context, "sip-ha, standard")]);
      await sandbox.edit(`Pulumi.${SITE.stack}.yaml`, (text) => text.replace("timing: standard", "timing: fast"));
      await build(sandbox);
      await onCluster(found, runs, signal, [
        (context) => heartbeatPair(context, "sip-ha, fast"),
        ...keepalivedVariants.map(
          (variant) =>
            (context: VerificationContext): Pair =>
              keepalivedPair(context, variant, say),
        ),
      ]);
    });
  } finally {
    if (found.findings.length > 0) {
      const result: PeersResult = { ...begun, command: `npm run bench:peers -- --runs ${runs}`, ...found };
      await publish("peers-", peersText(result), result);
    }
  }
  if (found.failures.length > 0) throw new Error(`${found.failures.length} runs failed:\n${found.failures.join("\n")}`);
}

/** Everything that these pairs are put through; one that fails does not keep the others from it. */
async function onCluster(
  found: Found,
  runs: number,
  signal: AbortSignal,
  pairs: readonly ((context: VerificationContext) => Pair)[],
): Promise<void> {
  const turns = ROWS.length * runs;
  await withFaultTools(SITE.stack, pairs.length * turns, signal, async (tools) => {
    for (const [index, pair] of pairs.entries())
      await onPair(found, tools, { pair: pair(tools.context), runs, firstTurn: index * turns, signal });
  });
}

interface Turns {
  readonly pair: Pair;
  readonly runs: number;
  readonly firstTurn: number;
  /** Given when the bench is interrupted. */
  readonly signal: AbortSignal;
}

async function onPair(found: Found, tools: FaultTools, { pair, runs, firstTurn, signal }: Turns): Promise<void> {
  say(`\n== peers: ${pair.name}`);
  await pair.begin();
  let turn = firstTurn;
  for (const row of ROWS) {
    for (let run = 1; run <= runs; run += 1) {
      signal.throwIfAborted();
      try {
        const finding = await measureRow(tools, pair, row, loadOfTurn(turn));
        found.findings.push(finding);
        say(
          `${row}, run ${run}: outage ${Math.round(finding.outageMs)} ms, two owners ${Math.round(finding.dualOwnerMs)} ms`,
        );
      } catch (error) {
        found.failures.push(`${pair.name}, ${row}, run ${run}: ${messageOf(error)}`);
        say(`${row}, run ${run} failed: ${messageOf(error)}`);
      }
      turn += 1;
    }
  }
}
