import type { BalancingPlan, ClusterPlan } from "../config/plan.ts";
import { dbTextTable, dbTextVersion } from "./dbText.ts";
import { dispatcherSets, userPattern } from "./dispatcher.ts";
import { OPENSIPS_DIRECTORY, type OpensipsValue, shared } from "./opensipsStatements.ts";
import type { RenderedFile } from "./renderedFile.ts";

/** Algorithms of OpenSIPS's dispatcher: in turn by weight, and the lowest that the route LEAST_CALLS answers. */
const ALGORITHMS = { weight: 4, "least-calls": 10 } as const satisfies Record<BalancingPlan["algorithm"], number>;
const TABLES = `${OPENSIPS_DIRECTORY}/media-servers`;
/** Of the table that the dispatcher of OpenSIPS 3.6 reads. */
const TABLE_VERSION = 9;
const COLUMNS = [
  ...["setid(int)", "destination(string)", "weight(string)", "attrs(string)", "socket(string,null)"],
  ...["priority(int,null)", "description(string,null)", "probe_mode(int,null)"],
];
const UNUSED = ["", "", "", ""];

/** The part of opensips.cfg for media servers, with its values. */
export function mediaServerStatements({ mediaServers, balancing, sip }: ClusterPlan): OpensipsValue[] {
  if (mediaServers.length === 0) return [{ part: "media-servers-none" }];
  const { probeIntervalSec, removeAfterMisses, returnAfterAnswers, answerWithinMs } = balancing;
  const probeFrom = `sip:probe@${sip.domain}`;
  return [
    { part: "media-servers" },
    { modules: "dispatcher", parameter: "ds_ping_from", value: probeFrom },
    { modules: "dispatcher", parameter: "ds_ping_interval", value: probeIntervalSec },
    { modules: "dispatcher", parameter: "ds_probing_threshold", value: removeAfterMisses },
    shared("media_probe_from", probeFrom),
    shared("media_users", userPattern(balancing.users)),
    shared("media_sets", dispatcherSets(mediaServers).length),
    shared("media_algorithm", ALGORITHMS[balancing.algorithm]),
    shared("media_misses", removeAfterMisses),
    shared("media_answers", returnAfterAnswers),
    // longer than from one answer to the next, shorter than to the one after it
    shared("media_streak", Math.max(2, 2 * probeIntervalSec - 1)),
    shared("media_answer_within", answerWithinMs / 1000),
  ];
}

/** What the dispatcher reads, as tables of db_text; none without media servers. */
export function mediaServerTables({ mediaServers }: ClusterPlan): RenderedFile[] {
  if (mediaServers.length === 0) return [];
  const rows = dispatcherSets(mediaServers).flatMap((servers, index) => {
    const turns = greatestCommonDivisor(servers.map(({ weight }) => weight));
    return servers.map(({ name, address, port, weight }) => [
      String(index + 1),
      `sip:${address}:${port}`,
      // as few in a row as the shares allow
      String(weight / turns),
      `name=${name};weight=${weight}`,
      ...UNUSED,
    ]);
  });
  return [
    table("version", dbTextVersion("dispatcher", TABLE_VERSION)),
    table("dispatcher", dbTextTable(COLUMNS, rows)),
  ];
}

function table(name: string, content: string): RenderedFile {
  return { path: `${TABLES}/${name}`, mode: "0644", owner: "root:opensips", effect: "proxy", content };
}

function greatestCommonDivisor(numbers: readonly number[]): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return numbers.reduce(divisor, 0);
}
