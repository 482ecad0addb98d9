import type { ClusterPlan } from "../../config/plan.ts";

/** What of the work of a call the sample keeps in the database. */
export type Work = "bare" | "durable";

/** What this bench has to know of one proxy; everything else is the same for all. Its name is also that of its database. */
export interface Subject {
  readonly name: ClusterPlan["proxy"];
  readonly title: string;
  /** Options of its stack file. */
  readonly options: readonly string[];
  /** Why it cannot be measured here; undefined where it can. */
  readonly missing: string | undefined;
  /** SQL that makes `count` contacts of users bench-0, bench-1, ..., where takeover.py waits. */
  readonly contacts: (plan: ClusterPlan, count: number) => string;
  /** SQL that makes `count` answered calls bench-0, bench-1, ... between two phones that do not exist. */
  readonly dialogs: (plan: ClusterPlan, count: number) => string;
  /**
   * The package's sample configuration for a kind of work; undefined where sample.sh makes it on the node.
   *
   * @param template what the package has it made of
   * @throws Error when it cannot be made here
   */
  readonly sample?: (template: string, work: Work) => Promise<string>;
}

/** Rows of this bench begin with it. */
export const PREFIX = "bench-";
export const DAY_S = 86_400;
/** Slots of either dialog module, its default; a row in another slot than its Call-ID's is not loaded. */
export const DIALOG_SLOTS = 4096;

/** The socket by which contacts and calls are reached. */
export function socketOf({ floatingIp, sip }: ClusterPlan): string {
  return `udp:${floatingIp.address}:${sip.port}`;
}

/** A value for each of `count` rows. */
export function rows(count: number, of: (number: number) => string): string {
  return Array.from({ length: count }, (_, number) => of(number)).join(", ");
}

/** The hash of strings that both proxies have from SER: where a dialog module puts a Call-ID. */
export function coreHash(text: string, slots: number): number {
  const bytes = Buffer.from(text, "latin1");
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.subarray(at, at + 4).reduce((value, byte) => ((value << 8) | byte) >>> 0, 0);
    hash = (hash + (word ^ (word >>> 3))) >>> 0;
  }
  return ((hash + (hash >>> 11) + (hash >>> 13) + (hash >>> 23)) >>> 0) & (slots - 1);
}
