import { z } from "zod";
import type { HostAccess } from "../../components/hosts/host.ts";
import { withBastions, withSession } from "../../remote/withSessions.ts";

const PROGRAM = "sudo -n /usr/lib/sip-ha/database-backup";
/** A large database takes its time, in milliseconds. */
const TIMEOUT_MS = 600_000;

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>;

/** The database host's side of backup and restore. */
export interface DatabaseBackup {
  /** Users, contacts and accounts as SQL. */
  dump(): Promise<string>;
  /** Restores a dump into a scratch database; answers what is in it. Changes nothing else. */
  check(dump: string): Promise<RowCounts>;
  /** Replaces the live rows by those of a dump, all or nothing. */
  restore(dump: string): Promise<RowCounts>;
}

/** @throws HostStepError with what the database said; Error when no host has the database. */
export async function withDatabaseBackup<T>(
  hosts: readonly HostAccess[],
  action: (backup: DatabaseBackup) => Promise<T>,
): Promise<T> {
  const host = hosts.find(({ role }) => role === "database");
  if (host === undefined) throw new Error("no host of this stack has the location database");
  return withBastions((bastions) =>
    withSession(host, bastions, (session) => {
      const run = (step: string, verb: string, stdin?: string): Promise<string> =>
        session.must(step, `${PROGRAM} ${verb}`, {
          timeoutMs: TIMEOUT_MS,
          fix: "mend what it says and run again; the live rows are as they were",
          ...(stdin === undefined ? {} : { stdin }),
        });
      return action({
        dump: () => run("dump the location database", "dump"),
        check: async (dump) => parseCounts(await run("restore into a scratch database", "check", dump)),
        restore: async (dump) => parseCounts(await run("restore the location database", "restore", dump)),
      });
    }),
  );
}

/** `TABLE ROWS` lines. */
export function parseCounts(text: string): RowCounts {
  const lines = text.split("\n").filter((line) => line !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [table = "", rows] = line.split(" ");
      return [table, z.coerce.number().int().parse(rows)];
    }),
  );
}

export function countsText(counts: RowCounts): string {
  return Object.entries(counts)
    .map(([table, rows]) => `${rows} in ${table}`)
    .join(", ");
}
