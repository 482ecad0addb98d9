import { createHash } from "node:crypto";
import type { Session } from "./session.ts";

/** A user that may register and call, and how many phones are registered for them. */
export interface Subscriber {
  readonly name: string;
  readonly contacts: number;
}

/** Names that this project keeps for itself: users of verifications, and the contact that a node's watcher asks for. */
const OWN_NAME = /^sip-ha-/;
const NAME = /^[A-Za-z0-9._+*#-]{1,64}$/;
const SHORTEST_PASSWORD = 8;

/**
 * The user part of a SIP URI, as it is stored; case counts (RFC 3261 section 19.1.4).
 *
 * @throws Error for a name that cannot be stored, or that is not free
 */
export function subscriberName(text: string): string {
  if (!NAME.test(text)) {
    throw new Error(`a user must be 1 to 64 of letters, digits and . _ + * # -, got ${JSON.stringify(text)}`);
  }
  if (OWN_NAME.test(text)) throw new Error(`a user must not begin with sip-ha-, got ${text}; choose another name`);
  return text;
}

/** @throws Error for a password that is too short or that is more than a line; it is not repeated */
export function subscriberPassword(text: string): string {
  const password = text.replace(/\r?\n$/, "");
  if (password.length >= SHORTEST_PASSWORD && !/\p{Cc}/u.test(password)) return password;
  throw new Error(
    `a password must be one line of at least ${SHORTEST_PASSWORD} characters, got ${password.length}; give another`,
  );
}

/** HA1 and HA1B of digest authentication (RFC 2617 section 3.2.2.2): all that is stored of a password. */
export function digestsOf(
  name: string,
  domain: string,
  password: string,
): { readonly ha1: string; readonly ha1b: string } {
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  return { ha1: md5(`${name}:${domain}:${password}`), ha1b: md5(`${name}@${domain}:${domain}:${password}`) };
}

/** The users of a domain, in the database on its host. */
export class Subscribers {
  readonly #database: Session;
  readonly #domain: string;

  constructor(database: Session, domain: string) {
    this.#database = database;
    this.#domain = domain;
  }

  /** Adds a user, or gives a known one another password. Answers whether the user was new. */
  async put(name: string, password: string): Promise<boolean> {
    const known = (await this.list()).some((user) => user.name === name);
    const { ha1, ha1b } = digestsOf(name, this.#domain, password);
    const values = `'${name}', '${this.#domain}', '', '${ha1}', '${ha1b}'`;
    await this.#query(
      "store the user",
      `INSERT INTO subscriber (username, domain, password, ha1, ha1b) VALUES (${values})
        ON DUPLICATE KEY UPDATE password = '', ha1 = VALUES(ha1), ha1b = VALUES(ha1b)`,
    );
    return !known;
  }

  /** By name, without those of this project. */
  async list(): Promise<readonly Subscriber[]> {
    const text = await this.#query(
      "read the users",
      `SELECT s.username, (SELECT COUNT(*) FROM location l WHERE l.username = s.username AND l.expires > UTC_TIMESTAMP())
        FROM subscriber s WHERE s.domain = '${this.#domain}' AND s.username NOT LIKE 'sip-ha-%' ORDER BY s.username`,
    );
    return text.split("\n").flatMap((line) => {
      const [name, contacts] = line.split("\t");
      return name && contacts ? [{ name, contacts: Number(contacts) }] : [];
    });
  }

  /** Removes a user and their registrations. Answers whether there was such a user. */
  async remove(name: string): Promise<boolean> {
    const text = await this.#query(
      "remove the user",
      `DELETE FROM location WHERE username = '${name}';
        DELETE FROM subscriber WHERE username = '${name}' AND domain = '${this.#domain}'; SELECT ROW_COUNT()`,
    );
    return text.trim() !== "0";
  }

  /** SQL goes over stdin: argv is public on the host. Names and domain hold nothing that ends a literal. */
  async #query(step: string, sql: string): Promise<string> {
    return this.#database.must(step, "sudo -n mariadb --batch --skip-column-names kamailio", {
      stdin: `${sql};\n`,
      timeoutMs: 10_000,
      fix: "check mariadb on this host (`systemctl status mariadb`), then run again",
    });
  }
}
