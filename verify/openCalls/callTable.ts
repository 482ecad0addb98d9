import type { ClusterPlan } from "../../config/plan.ts";
import type { Session } from "../../remote/session.ts";

/** One row of the table `accounting`, see docs/calls.md. */
export interface AccountingRow {
  readonly callId: string;
  readonly ended: boolean;
  /** Seconds; 0 while the call is open. */
  readonly duration: number;
  readonly startSeen: boolean;
  readonly startedBy: string;
  readonly endedBy: string;
}

/** The open calls and the accounting of those whose Call-IDs begin with a label, as the database host sees them. */
export class CallTable {
  readonly #database: Session;
  readonly #pattern: string;
  readonly #proxy: ClusterPlan["proxy"];

  /**
   * @param label lower case letters, digits and `-`
   * @param proxy whose open calls: each has a table of its own, while accounting is everybody's
   */
  constructor(database: Session, label: string, proxy: ClusterPlan["proxy"]) {
    if (!/^[a-z0-9-]+$/.test(label)) throw new Error(`a label of calls must be of a-z, 0-9 and -, got ${label}`);
    this.#database = database;
    this.#proxy = proxy;
    this.#pattern = `'${label}-%'`;
  }

  /** Rows of calls that have not ended. */
  async open(): Promise<number> {
    return Number(
      await this.#query(
        "count the open calls",
        `SELECT COUNT(*) FROM ${this.#proxy}.dialog WHERE callid LIKE ${this.#pattern}`,
      ),
    );
  }

  async accounting(): Promise<readonly AccountingRow[]> {
    const columns = "call_id, ended IS NOT NULL, COALESCE(duration, 0), start_seen, started_by, COALESCE(ended_by, '')";
    const sql = `SELECT ${columns} FROM accounting WHERE call_id LIKE ${this.#pattern} ORDER BY id`;
    return parseAccounting(await this.#query("read the accounting", sql));
  }

  async #query(step: string, sql: string): Promise<string> {
    return this.#database.must(step, "sudo -n mariadb --batch --skip-column-names kamailio", {
      stdin: `${sql};\n`,
      timeoutMs: 10_000,
      fix: "check mariadb on this host (`systemctl status mariadb`) and the schema's tables",
    });
  }
}

/** Reads what the database's client prints for {@link CallTable.accounting}. */
export function parseAccounting(text: string): readonly AccountingRow[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [callId = "", ended, duration, startSeen, startedBy = "", endedBy = ""] = line.split("\t");
      return {
        callId,
        ended: ended === "1",
        duration: Number(duration),
        startSeen: startSeen === "1",
        startedBy,
        endedBy,
      };
    });
}
