import type { LabSite } from "../../tests/support/sandbox.ts";
import { withCluster, withFaultTools } from "../cluster.ts";
import { chooseFrom, requireRuns } from "../figures.ts";
import { say } from "../../cli/say.ts";
import { thisMachine } from "../machine.ts";
import { publish } from "../publish.ts";
import { type BenchRows, refuseOver, type Row, rowsText } from "../rows.ts";
import { kamailio } from "./kamailio.ts";
import { opensips } from "./opensips.ts";
import type { Subject } from "./subject.ts";
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

/** What can be measured of a proxy, by the word that selects it on the command line. */
export const PROXY_FIGURES = ["takeover", "throughput"] as const;

export interface ProxyOptions {
  /** takeover, throughput; empty for all of them. */
  readonly what: readonly string[];
  /** At least 1; 5 or more for figures to rely on. */
  readonly runs: number;
}

/**
 * Measures each proxy whose packages can be had, on a cluster of its own: how soon it routes after a start, and how much it
 * carries beside the sample configuration of its package. Prints the table as Markdown, and removes the clusters.
 *
 * @throws Error when an option is not sound, a step failed, or a figure is over its limit
 */
export async function runProxy({ what, runs }: ProxyOptions): Promise<void> {
  const figures = chooseFrom(PROXY_FIGURES, what);
  requireRuns(runs);
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine() };
  const rows: Row[] = [];
  const skipped: string[] = [];
  try {
    for (const subject of [kamailio, opensips(process.env["SIP_HA_OPENSIPS_DEBS"])]) {
      if (subject.missing === undefined) await measure(subject, figures, runs, rows);
      else skipped.push(`${subject.title}: ${subject.missing}`);
    }
  } finally {
    for (const reason of skipped) say(`skipped: ${reason}`);
    if (rows.length > 0) {
      const command = ["npm run bench:proxy --", ...what, "--runs", runs].join(" ");
      const result: BenchRows = { ...begun, command, rows, skipped };
      await publish("proxy-", rowsText("Proxy", result), result);
    }
  }
  refuseOver(rows);
}

/** Adds to `rows` what has been measured, also when a later step fails. */
async function measure(
  subject: Subject,
  figures: ReadonlySet<(typeof PROXY_FIGURES)[number]>,
  runs: number,
  rows: Row[],
): Promise<void> {
  const site = { ...SITE, more: [...(SITE.more ?? []), ...subject.options] };
  await withCluster(site, async (_sandbox, signal) => {
    await withFaultTools(SITE.stack, 0, signal, async ({ context }) => {
      if (figures.has("takeover")) rows.push(...(await measureTakeover(subject, context, runs)));
      if (figures.has("throughput")) rows.push(...(await measureThroughput(subject, context, runs)));
    });
  });
}
