import type { LabSite } from "../../tests/support/sandbox.ts";
import { withCluster, withFaultTools } from "../cluster.ts";
import { chooseFrom, requireRuns } from "../figures.ts";
import { thisMachine } from "../machine.ts";
import { publish } from "../publish.ts";
import { type BenchRows, refuseOver, type Row, rowsText } from "../rows.ts";
import { measureTakeover } from "./takeover.ts";
import { measureThroughput } from "./throughput.ts";

/** A stack and networks of its own. The caller is everybody at once, so limits of a source are not for it. */
const SITE: LabSite = {
  stack: "proxy",
  floatingIp: "198.18.34.10",
  gateway: "198.18.34.1",
  privateSubnet: "10.82.0.0/24",
  outsideSubnet: "198.18.35.0/24",
  timing: "standard",
  verification: "{ first: checks }",
  sshPort: 22082,
  // the sample is reached at a port of its own
  firewall: "{ mode: none }",
  more: ["relay: none", "rateLimit: { exempt: [198.18.35.0/24] }"],
};

const SUBJECTS = ["takeover", "throughput"] as const;

export interface ProxyOptions {
  /** takeover, throughput; empty for all of them. */
  readonly what: readonly string[];
  /** At least 1; 5 or more for figures to rely on. */
  readonly runs: number;
}

/**
 * Measures Kamailio on a cluster of its own: how soon it routes after a start, and how much it carries beside the sample
 * configuration of its package. Prints the table as Markdown, and removes the cluster.
 *
 * @throws Error when an option is not sound, a step failed, or a figure is over its limit
 */
export async function runProxy({ what, runs }: ProxyOptions): Promise<void> {
  const subjects = chooseFrom(SUBJECTS, what);
  requireRuns(runs);
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine() };
  const rows: Row[] = [];
  try {
    await withCluster(SITE, async (_sandbox, signal) => {
      await withFaultTools(SITE.stack, 0, signal, async ({ context }) => {
        if (subjects.has("takeover")) rows.push(...(await measureTakeover(context, runs)));
        if (subjects.has("throughput")) rows.push(...(await measureThroughput(context, runs)));
      });
    });
  } finally {
    if (rows.length > 0) {
      const command = ["npm run bench:proxy --", ...what, "--runs", runs].join(" ");
      const result: BenchRows = { ...begun, command, rows };
      await publish("proxy-", rowsText("Proxy", result), result);
    }
  }
  refuseOver(rows);
}
