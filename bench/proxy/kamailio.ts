import type { ClusterPlan } from "../../config/plan.ts";
import { coreHash, DAY_S, DIALOG_SLOTS, PREFIX, rows, socketOf, type Subject } from "./subject.ts";

export const kamailio: Subject = {
  name: "kamailio",
  title: "Kamailio",
  options: [],
  missing: undefined,
  contacts: (plan, count) => {
    const name = `CONCAT('${PREFIX}', seq - 1)`;
    return (
      "INSERT INTO location (ruid, username, contact, expires, callid, user_agent, socket) " +
      `SELECT ${name}, ${name}, CONCAT('sip:', ${name}, '@127.0.0.1:7799'), ` +
      `UTC_TIMESTAMP() + INTERVAL 1 DAY, ${name}, 'bench', '${socketOf(plan)}' FROM seq_1_to_${count}`
    );
  },
  dialogs: (plan, count) =>
    "INSERT INTO dialog (hash_entry, hash_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq, " +
    "caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, timeout, req_uri) " +
    `VALUES ${rows(count, (number) => dialog(plan, number))}`,
};

/** State 4: answered, and acknowledged. */
function dialog(plan: ClusterPlan, number: number): string {
  const { domain } = plan.sip;
  const socket = socketOf(plan);
  const callId = `${PREFIX}${number}`;
  return (
    `(${coreHash(callId, DIALOG_SLOTS)}, ${number + 1}, '${callId}', 'sip:a@${domain}', 'a${number}', ` +
    `'sip:b@${domain}', 'b${number}', '1', '0', 'sip:a@127.0.0.1:9', 'sip:b@127.0.0.1:9', ` +
    `'${socket}', '${socket}', 4, UNIX_TIMESTAMP(), UNIX_TIMESTAMP() + ${DAY_S}, 'sip:b@127.0.0.1:9')`
  );
}
