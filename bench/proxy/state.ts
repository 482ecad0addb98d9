import type { ClusterPlan } from "../../config/plan.ts";
import { proxy } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";

/** What the database holds when a proxy starts. */
export interface ProxyState {
  /** Users bench-0, bench-1, ... with one contact each, where takeover.py waits. */
  readonly contacts: number;
  /** Answered calls. */
  readonly dialogs: number;
}

/** Rows of this bench begin with it. */
const PREFIX = "bench-";
const DAY_S = 86_400;
/** Slots of the dialog module, its default; a row in another slot than its Call-ID's is not loaded. */
export const DIALOG_SLOTS = 4096;
const FILL_TIMEOUT_MS = 120_000;

/** Replaces what this bench has in the database. */
export async function fill(plan: ClusterPlan, database: Session, { contacts, dialogs }: ProxyState): Promise<void> {
  await run(database, [
    ...CLEAR,
    contactRows(plan, Math.max(1, contacts)),
    ...(dialogs === 0 ? [] : [dialogRows(plan, dialogs)]),
    "ANALYZE TABLE location, dialog",
  ]);
}

/** Removes what this bench left in the database. */
export async function clear(database: Session): Promise<void> {
  await run(database, CLEAR);
}

/** @throws Error when the proxy of a node has not loaded the calls; a few are asked for, as all of them are too long an answer. */
export async function expectDialogs(node: Session, dialogs: number): Promise<void> {
  const few = `${PREFIX}99`;
  const wanted = Array.from({ length: dialogs }, (_, number) => `${PREFIX}${number}`).filter((id) =>
    id.startsWith(few),
  );
  const { size } = await proxy.calls(node, few);
  if (size !== wanted.length)
    throw new Error(`${node.name}: of calls ${few}... its proxy shall know ${wanted.length}, and knows ${size}`);
}

async function run(database: Session, statements: readonly string[]): Promise<void> {
  await database.must("fill the database", "sudo -n mariadb kamailio", {
    stdin: statements.map((statement) => `${statement};\n`).join(""),
    timeoutMs: FILL_TIMEOUT_MS,
  });
}

/** Calls first: the end of one is written into its accounting. */
const CLEAR: readonly string[] = [
  `DELETE FROM location WHERE username LIKE '${PREFIX}%'`,
  `DELETE FROM dialog WHERE callid LIKE '${PREFIX}%'`,
  `DELETE FROM accounting WHERE call_id LIKE '${PREFIX}%'`,
];

function contactRows(plan: ClusterPlan, count: number): string {
  const name = `CONCAT('${PREFIX}', seq - 1)`;
  return (
    "INSERT INTO location (ruid, username, contact, expires, callid, user_agent, socket) " +
    `SELECT ${name}, ${name}, CONCAT('sip:', ${name}, '@127.0.0.1:7799'), ` +
    `UTC_TIMESTAMP() + INTERVAL 1 DAY, ${name}, 'bench', '${socketOf(plan)}' FROM seq_1_to_${count}`
  );
}

/** Answered calls between two phones that do not exist; state 4: acknowledged, too. */
function dialogRows(plan: ClusterPlan, count: number): string {
  const { domain } = plan.sip;
  const socket = socketOf(plan);
  const rows = Array.from({ length: count }, (_, number) => {
    const callId = `${PREFIX}${number}`;
    return (
      `(${coreHash(callId, DIALOG_SLOTS)}, ${number + 1}, '${callId}', 'sip:a@${domain}', 'a${number}', ` +
      `'sip:b@${domain}', 'b${number}', '1', '0', 'sip:a@127.0.0.1:9', 'sip:b@127.0.0.1:9', ` +
      `'${socket}', '${socket}', 4, UNIX_TIMESTAMP(), UNIX_TIMESTAMP() + ${DAY_S}, 'sip:b@127.0.0.1:9')`
    );
  });
  return (
    "INSERT INTO dialog (hash_entry, hash_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq, " +
    "caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, timeout, req_uri) " +
    `VALUES ${rows.join(", ")}`
  );
}

function socketOf({ floatingIp, sip }: ClusterPlan): string {
  return `udp:${floatingIp.address}:${sip.port}`;
}

/** The hash of strings that Kamailio has from SER: where the dialog module puts a Call-ID. */
export function coreHash(text: string, slots: number): number {
  const bytes = Buffer.from(text, "latin1");
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.subarray(at, at + 4).reduce((value, byte) => ((value << 8) | byte) >>> 0, 0);
    hash = (hash + (word ^ (word >>> 3))) >>> 0;
  }
  return ((hash + (hash >>> 11) + (hash >>> 13) + (hash >>> 23)) >>> 0) & (slots - 1);
}
