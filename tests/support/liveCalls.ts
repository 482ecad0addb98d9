import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { StackOutputs } from "../../cli/pulumi.ts";
import { eventually } from "../../remote/eventually.ts";
import { proxy } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import { interruptions, probes, soundGapMs } from "../../verify/evidence/analysis.ts";
import type { PacketRecord } from "../../verify/evidence/record.ts";
import { PORTS } from "../../verify/phones/caller.ts";
import { Sessions, VerificationContext, type Phones } from "../../verify/context.ts";
import { CallTable } from "../../verify/openCalls/callTable.ts";
import { openCallFindings } from "../../verify/openCalls/findings.ts";
import { firstOrders, type KeptCall, lastOrders } from "../../verify/openCalls/keptCalls.ts";
import { loadOfTurn, preparePhones } from "../../verify/phones/preparePhones.ts";
import { Restoration } from "../../verify/faults/restoration.ts";

/** Both sides re-INVITE and both hang up; with sound throughout. */
const CALLS: readonly KeptCall[] = [
  { mode: "sound", reinvite: "caller", hangUp: "callee" },
  { mode: "sound", reinvite: "callee", hangUp: "caller" },
];
/** The same, and one whose callee refuses a re-INVITE: its sound must stay where no relay was exchanged. */
export const STUBBORN_CALLS: readonly KeptCall[] = [
  ...CALLS,
  { mode: "stubborn", reinvite: "caller", hangUp: "callee" },
];
/** Registrations that nobody uses. */
const CONTACTS = 30;
/** A re-INVITEd call is listened to for this long, in milliseconds. */
const LISTEN_MS = 1500;

/** OPTIONS a second, so that a gap is known to 50 ms, and the most of them: as long as a phone of the caller lasts. */
const PROBES_PER_SECOND = 20;
const PROBES_AT_MOST = 300 * PROBES_PER_SECOND;

/** What became of the calls. */
export interface CallsAfter {
  /** Faults, one line each. */
  readonly faults: readonly string[];
  /** The longest time without sound in any direction, in milliseconds. */
  readonly soundGapMs: number | undefined;
  /** The longest time between two answers of the proxy, in milliseconds. */
  readonly serviceGapMs: number;
}

/** Calls and contacts that are there while a cluster is changed. No verification may run meanwhile. */
export class LiveCalls {
  readonly #context: VerificationContext;
  readonly #phones: Phones;
  readonly #restoration: Restoration;
  readonly #calls: readonly KeptCall[];
  readonly #rows: CallTable;
  readonly #label = `kept-${randomBytes(4).toString("hex")}`;
  #changedAt: number | undefined;

  private constructor(
    tools: { context: VerificationContext; phones: Phones; database: Session },
    restoration: Restoration,
    calls: readonly KeptCall[],
  ) {
    this.#calls = calls;
    this.#context = tools.context;
    this.#phones = tools.phones;
    this.#restoration = restoration;
    this.#rows = new CallTable(tools.database, this.#label, tools.context.plan.proxy);
  }

  /** Registers phones and begins the calls on the node that serves. */
  static async begin({ plan, hosts }: StackOutputs, kept: readonly KeptCall[] = CALLS): Promise<LiveCalls> {
    const restoration = new Restoration(() => undefined);
    const sessions = Sessions.until(restoration, hosts);
    const context = new VerificationContext(plan, sessions, () => undefined, new AbortController().signal);
    const phones = await preparePhones(context, [CONTACTS], restoration);
    const database = await sessions.to(plan.database.machine.name);
    const calls = new LiveCalls({ context, phones, database }, restoration, kept);
    await calls.#start();
    return calls;
  }

  async #start(): Promise<void> {
    const { caller, callingUser, keptUser } = this.#phones;
    await caller.startRecord();
    await caller.register("load", loadOfTurn(0), PORTS.load);
    await caller.startObeying(keptUser);
    const modes = this.#calls.map(({ mode }) => mode);
    await caller.keep(this.#label, callingUser, keptUser, modes);
    const answered = async () => {
      const rows = await this.#rows.open();
      return rows === this.#calls.length
        ? ({ met: true, value: undefined } as const)
        : ({ met: false, seen: `${rows} rows` } as const);
    };
    await eventually("every call has a row", answered, { withinMs: 15_000 });
    await caller.startProbe(PROBES_PER_SECOND, PROBES_AT_MOST);
  }

  /** The contacts and the calls that the database knows, without what changes by itself; one line each. */
  async tables(): Promise<readonly string[]> {
    const { plan, sessions } = this.#context;
    const database = await sessions.to(plan.database.machine.name);
    const sql = [
      "SELECT username, contact, socket, callid FROM location ORDER BY username, contact",
      "SELECT hash_entry, hash_id, callid, from_tag, to_tag, caller_sock, callee_sock, state FROM dialog ORDER BY callid",
    ].join("; ");
    const text = await database.must("read the live tables", "sudo -n mariadb -N kamailio", { stdin: `${sql};\n` });
    return text.split("\n").filter((line) => line !== "");
  }

  /** Re-INVITEs the calls on the node that serves now, and listens to them; plain ones are hung up. */
  async change(): Promise<void> {
    this.#changedAt = Date.now() / 1000;
    await this.#phones.caller.order(this.#label, firstOrders(this.#calls));
    await delay(LISTEN_MS);
  }

  /** Uses and ends the calls on the node that serves now, unless they were changed before. */
  async end(from: string, to: string): Promise<CallsAfter> {
    const { plan, sessions } = this.#context;
    const { caller } = this.#phones;
    const states = await proxy.calls(await sessions.to(to), this.#label);
    const answered = [...states].flatMap(([callId, state]) => (state === "answered" ? [callId] : []));
    const over = this.#changedAt === undefined ? [] : this.#calls.map(({ mode }) => mode === "plain");
    if (this.#changedAt === undefined) await this.change();
    const since = this.#changedAt ?? 0;
    await caller.order(this.#label, lastOrders(this.#calls));
    const left = await this.#ended();
    await caller.stopProbe();
    const record = await caller.stopRecord();
    const accounting = await this.#rows.accounting();
    const floatingIp = plan.floatingIp.address;
    const ids = over.flatMap((ended, at) => (ended ? this.#idsOf(record, at + 1) : []));
    const known = new Set([...answered, ...ids]);
    const facts = {
      calls: this.#calls,
      record,
      floatingIp,
      label: this.#label,
      since,
      known,
      accounting,
      left,
      from,
      to,
    };
    const { notes, ...counts } = openCallFindings(facts);
    const faulty = left + Object.values(counts).reduce((sum, count) => sum + count, 0) > 0;
    const faults = faulty ? [JSON.stringify({ left, ...counts }), ...notes] : [];
    const gaps = interruptions(probes(record), 0).map((span) => (span.to - span.from) * 1000);
    // without two answers there is no end of it
    const serviceGapMs = gaps.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...gaps);
    return { faults, soundGapMs: soundGapMs(record, this.#label, floatingIp), serviceGapMs };
  }

  /** How many phones of these calls were told by the proxy that their call is over. */
  async toldToEnd(): Promise<number> {
    const { address } = this.#context.plan.floatingIp;
    const record = await this.#phones.caller.stopRecord();
    const byes = record.filter(({ source, sip }) => {
      return sip?.method === "BYE" && source.address === address && sip.callId.startsWith(this.#label);
    });
    return new Set(byes.map(({ destination, sip }) => `${sip?.callId ?? ""} ${destination.port}`)).size;
  }

  #idsOf(record: PacketRecord, number: number): readonly string[] {
    return record.flatMap(({ sip }) => (sip?.callId.startsWith(`${this.#label}-${number}@`) ? [sip.callId] : []));
  }

  /** Ends what is still there; nothing of it stays in the cluster. */
  async remove(): Promise<void> {
    await this.#restoration.run();
  }

  async #ended(): Promise<number> {
    const look = async () => {
      const left = await this.#rows.open();
      return left === 0 ? ({ met: true, value: 0 } as const) : ({ met: false, seen: String(left) } as const);
    };
    return eventually("every call has ended", look, { withinMs: 10_000 }).catch(() => this.#rows.open());
  }
}
