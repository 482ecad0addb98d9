import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCluster } from "../../bench/cluster.ts";
import { say } from "../../cli/say.ts";
import { messageOf } from "../../remote/eventually.ts";
import { parseCourse } from "../../verify/catalogue/course.ts";
import { catalogue } from "../../verify/catalogue/index.ts";
import type { LabSite } from "../support/sandbox.ts";
import type { Tally } from "../support/tally.ts";
import { catalogueReportSchema, catalogueTally, catalogueText, type LabResult } from "./results.ts";

const CORE_REPEATS = 5;

/** A stack and networks of its own, which each cluster has in its turn. */
const SITE: LabSite = {
  stack: "catalogue",
  floatingIp: "198.18.38.10",
  gateway: "198.18.38.1",
  privateSubnet: "10.84.0.0/24",
  outsideSubnet: "198.18.39.0/24",
  timing: "standard",
  verification: "{ first: checks }",
  sshPort: 22084,
};

interface Lab {
  readonly title: string;
  /** What its stack file has of its own. */
  readonly site: Partial<LabSite>;
  /** What is run there when everything is. */
  readonly scenarios: readonly string[];
}

const LABS: readonly Lab[] = [
  { title: "without fencing", site: {}, scenarios: ["all"] },
  { title: "with fencing", site: { more: ["fencing: lab"] }, scenarios: ["all"] },
  {
    title: "with media servers and a third heartbeat path",
    site: {
      heartbeatSubnet: "10.84.1.0/24",
      more: ["mediaServers: [{ name: media1, weight: 50, priority: 1 }, { name: media2, weight: 50, priority: 1 }]"],
    },
    scenarios: ["media-server", "two-links-cut"],
  },
];

/**
 * Runs the catalogue on one cluster after the other, those of the core rows five times, in an order drawn by a seed that is
 * printed; tells at the end what each showed. Reports stay in the user's state directory.
 *
 * @param asked names of scenarios; none for every one
 * @throws Error when one of them is unknown
 */
export async function runCatalogue(asked: readonly string[]): Promise<Tally> {
  const seed = Date.now() % 1_000_000;
  if (asked.length > 0) parseCourse(asked, catalogue, { repeats: 1, seed });
  const results: LabResult[] = [];
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  for (const lab of LABS) {
    results.push(await onCluster(lab, asked.length > 0 ? asked : lab.scenarios, seed));
    if (interrupted.signal.aborted) break;
  }
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  say(`\n${catalogueText(results, seed)}`);
  return catalogueTally(results);
}

async function onCluster({ title, site }: Lab, scenarios: readonly string[], seed: number): Promise<LabResult> {
  say(`\n== catalogue: ${title}, seed ${seed}`);
  const directory = await mkdtemp(join(tmpdir(), "sip-ha-catalogue-"));
  try {
    const options = ["--core-repeat", String(CORE_REPEATS), "--seed", String(seed), "--report", directory];
    await withCluster({ ...SITE, ...site }, async (sandbox) => {
      await sandbox.sipHa("verify", ...scenarios, ...options);
    });
    const text = await readFile(join(directory, "report.json"), "utf8");
    return { title, report: catalogueReportSchema.parse(JSON.parse(text)) };
  } catch (error) {
    return { title, trouble: messageOf(error) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
