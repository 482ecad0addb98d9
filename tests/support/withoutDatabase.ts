import { expect } from "chai";
import { execa } from "execa";
import { activeNode, DOMAIN, proxySince, untilRegisterGets } from "./lab.ts";
import { type CallsAfter, LiveCalls } from "./liveCalls.ts";
import { askInOneDatagram, registerDatagram, requestDatagram } from "./oneDatagram.ts";
import type { KeptCall } from "../../verify/openCalls/keptCalls.ts";
import { inMachine, type Sandbox, STACK } from "./sandbox.ts";

/** The next node takes over in seconds, also where it first has to find out that it has to do without the database. */
const TAKEOVER_MS = 15_000;
/** The watcher lets the proxy pay what it owes the database, then starts it anew. */
const RECOVERY_MS = 30_000;
/** Row of the database down: a refusal is prompt, in seconds. */
const PROMPT_S = 1;

/**
 * The active node dies while the database is down, which then comes back; calls are changed, and plain ones hung up, in
 * between. What the next node answers meanwhile is held against what it can know.
 */
export async function takeoverWithoutDatabase(sandbox: Sandbox, kept: readonly KeptCall[]): Promise<CallsAfter> {
  const calls = await LiveCalls.begin(await sandbox.outputs(), kept);
  const from = await activeNode();
  try {
    await inMachine("db", "systemctl", "stop", "mariadb");
    await execa("docker", ["kill", `sip-ha-${STACK}-${from}`]);
    await untilRegisterGets("503", TAKEOVER_MS);
    const to = await activeNode();
    expect(to).to.not.equal(from);
    const invite = { method: "INVITE", user: "nobody", uri: `sip:nobody@${DOMAIN}` } as const;
    const proof = { nonce: "Zm9yZWlnbg==", response: "0".repeat(32) };
    for (const datagram of [
      registerDatagram(DOMAIN, "without-1"),
      registerDatagram(DOMAIN, "without-2", proof.nonce),
      requestDatagram({ ...invite, callId: "without-3", proof }, DOMAIN),
    ]) {
      const answer = await askInOneDatagram(STACK, datagram, PROMPT_S);
      expect(answer.status, answer.text).to.equal("503");
      expect(answer.text).to.match(/^Retry-After: /m);
    }
    await calls.change();
    const since = await proxySince(to);
    await inMachine("db", "systemctl", "start", "mariadb");
    await untilRegisterGets("401", RECOVERY_MS);
    expect(await proxySince(to)).to.not.equal(since);
    return await calls.end(from, to);
  } finally {
    await inMachine("db", "systemctl", "start", "mariadb");
    await execa("docker", ["start", `sip-ha-${STACK}-${from}`]);
    await calls.remove();
  }
}
