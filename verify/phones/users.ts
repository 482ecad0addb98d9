import { createHash, randomBytes } from "node:crypto";
import type { ClusterPlan } from "../../config/plan.ts";
import type { Session } from "../../remote/session.ts";

/** A subscriber that exists only while a verification runs. */
export interface TestUser {
  readonly name: string;
  readonly password: string;
}

/** Subscribers of verifications begin with this; nobody else's may. */
export const USER_PREFIX = "sip-ha-verify-";

/** Makes users `<prefix><run>-<suffix>` with random passwords of 128 bits. */
export function makeUsers(run: string, suffixes: readonly string[]): readonly TestUser[] {
  return suffixes.map((suffix) => ({
    name: `${USER_PREFIX}${run}-${suffix}`,
    password: randomBytes(16).toString("hex"),
  }));
}

/** HA1 of digest authentication: MD5 of user, realm and password (RFC 2617 section 3.2.2.2). */
export function ha1(user: TestUser, domain: string): string {
  return createHash("md5").update(`${user.name}:${domain}:${user.password}`).digest("hex");
}

/** SIPp's injection lines: the user's name and its credentials. */
export function injectionLines(users: readonly TestUser[]): string {
  return users.map(({ name, password }) => `${name};[authentication username=${name} password=${password}]\n`).join("");
}

/** Subscribers and contacts, as the database host sees them. */
export class UserTable {
  readonly #database: Session;
  readonly #proxy: ClusterPlan["proxy"];

  /** @param proxy whose contacts: each has tables of its own, while users are everybody's */
  constructor(database: Session, proxy: ClusterPlan["proxy"]) {
    this.#database = database;
    this.#proxy = proxy;
  }

  /** Puts the users into the subscriber table. */
  async insert(users: readonly TestUser[], domain: string): Promise<void> {
    const rows = users.map((user) => `(${quote(user.name)}, ${quote(domain)}, '', ${quote(ha1(user, domain))})`);
    await this.#query(
      "insert the verification's users",
      `INSERT INTO subscriber (username, domain, password, ha1) VALUES ${rows.join(", ")}`,
    );
  }

  /** Removes the users of this and of every earlier verification, with their contacts and the accounting of their calls. */
  async remove(): Promise<void> {
    const pattern = quote(`${USER_PREFIX}%`);
    await this.#query(
      "remove the verification's users",
      [
        `DELETE FROM ${this.#proxy}.location WHERE username LIKE ${pattern}`,
        `DELETE FROM subscriber WHERE username LIKE ${pattern}`,
        `DELETE FROM accounting WHERE caller LIKE ${quote(`sip:${USER_PREFIX}%`)}`,
      ].join("; "),
    );
  }

  /** Names of the verification's users that have a contact. */
  async registered(): Promise<ReadonlySet<string>> {
    const rows = await this.#query(
      "read the contacts of the verification's users",
      `SELECT DISTINCT username FROM ${this.#proxy}.location WHERE username LIKE ${quote(`${USER_PREFIX}%`)}`,
    );
    return new Set(rows.split("\n").filter((row) => row !== ""));
  }

  /** SQL goes over stdin: argv is public on the host. */
  async #query(step: string, sql: string): Promise<string> {
    return this.#database.must(step, "sudo -n mariadb --batch --skip-column-names kamailio", {
      stdin: `${sql};\n`,
      timeoutMs: 10_000,
      fix: "check mariadb on this host (`systemctl status mariadb`) and the schema's tables",
    });
  }
}

function quote(text: string): string {
  if (!/^[A-Za-z0-9.:%-]*$/.test(text)) throw new Error(`cannot be quoted for SQL: ${text}`);
  return `'${text}'`;
}
