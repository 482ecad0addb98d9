import { resolve } from "node:path";
import { execa } from "execa";
import type { ClusterPlan } from "../../config/plan.ts";
import { coreHash, DAY_S, DIALOG_SLOTS, PREFIX, rows, socketOf, type Subject, type Work } from "./subject.ts";

/** Switches of the residential script, OpenSIPS's own sample. */
const SWITCHES = {
  bare: ["USE_AUTH", "USE_DBUSRLOC"],
  durable: ["USE_AUTH", "USE_DBUSRLOC", "USE_DBACC", "USE_DIALOG"],
} as const satisfies Record<Work, readonly string[]>;

/** @param debs a directory with its packages; undefined when there is none */
export function opensips(debs: string | undefined): Subject {
  return {
    name: "opensips",
    title: "OpenSIPS",
    options: ["proxy: opensips", `packageSources: [{ directory: ${resolve(debs ?? "")} }]`],
    missing: debs === undefined ? "SIP_HA_OPENSIPS_DEBS is not set, OpenSIPS is not in Debian" : undefined,
    contacts: (plan, count) => {
      const name = `CONCAT('${PREFIX}', seq - 1)`;
      return (
        "INSERT INTO location (username, contact, expires, callid, user_agent, socket) " +
        `SELECT ${name}, CONCAT('sip:', ${name}, '@127.0.0.1:7799'), ` +
        `UNIX_TIMESTAMP() + ${DAY_S}, ${name}, 'bench', '${socketOf(plan)}' FROM seq_1_to_${count}`
      );
    },
    dialogs: (plan, count) =>
      "INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq, " +
      "caller_ping_cseq, callee_ping_cseq, caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, timeout) " +
      `VALUES ${rows(count, (number) => dialog(plan, number))}`,
    sample: residential,
  };
}

/** State 4: answered, and acknowledged. A row's number is its slot, then its number in there, 32 bits each. */
function dialog(plan: ClusterPlan, number: number): string {
  const { domain } = plan.sip;
  const socket = socketOf(plan);
  const callId = `${PREFIX}${number}`;
  const id = (BigInt(coreHash(callId, DIALOG_SLOTS)) << 32n) + BigInt(number + 1);
  return (
    `(${id}, '${callId}', 'sip:a@${domain}', 'a${number}', 'sip:b@${domain}', 'b${number}', '1', '0', 0, 0, ` +
    `'sip:a@127.0.0.1:9', 'sip:b@127.0.0.1:9', '${socket}', '${socket}', 4, UNIX_TIMESTAMP(), UNIX_TIMESTAMP() + ${DAY_S})`
  );
}

async function residential(template: string, work: Work): Promise<string> {
  const switches = SWITCHES[work].map((name) => `define(\`${name}', \`yes')dnl\n`).join("");
  const made = await execa("m4", { input: switches + template, reject: false });
  if (made.exitCode !== 0) {
    throw new Error(`OpenSIPS's sample is made by m4, which says: ${made.stderr || made.shortMessage}; install it`);
  }
  return made.stdout;
}
