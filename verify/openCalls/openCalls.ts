import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, inTime } from "../../remote/eventually.ts";
import { proxy } from "../../remote/programs.ts";
import type { FaultTools } from "../context.ts";
import type { PacketRecord } from "../evidence/record.ts";
import type { Measure } from "../report/report.ts";
import { CallTable } from "./callTable.ts";
import { type OpenCallFacts, openCallFindings } from "./findings.ts";
import { firstOrders, keptCalls, lastOrders } from "./keptCalls.ts";

/** A re-INVITEd call is listened to for this long, in milliseconds. */
const LISTEN_MS = 1500;
const READY_WITHIN_MS = 15_000;
const ANSWERED_WITHIN_MS = 5_000;
/** Whoever gives a call up that rings needs no row. */
const TO_BE_ACCOUNTED = keptCalls.filter(({ cancel }) => !cancel).length;
/** Longest wait for the ends of all calls; what has not ended by then is a finding. */
const ENDED_WITHIN_MS = 10_000;

/** Calls in every state that are there when a fault comes, and are used and ended afterwards. */
export class OpenCalls {
  readonly #tools: FaultTools;
  readonly #label = `kept-${randomBytes(4).toString("hex")}`;
  #table: CallTable | undefined;
  #after: Omit<OpenCallFacts, "record" | "from" | "calls" | "floatingIp" | "label"> | undefined;

  constructor(tools: FaultTools) {
    this.#tools = tools;
  }

  /** Begins every call on the active node, and waits until each is in its state. */
  async begin(active: string): Promise<void> {
    const { context, phones } = this.#tools;
    const { caller, callingUser, keptUser } = phones;
    this.#table = new CallTable(
      await context.sessions.to(context.plan.database.machine.name),
      this.#label,
      context.plan.proxy,
    );
    await caller.startObeying(keptUser);
    await caller.keep(
      this.#label,
      callingUser,
      keptUser,
      keptCalls.map(({ mode }) => mode),
    );
    const wanted = keptCalls.map(({ mode }) => (mode === "ring" ? "ringing" : "answered")).sort();
    const session = await context.sessions.to(active);
    await eventually(
      "the calls are open, or ring",
      async () => {
        const states = [...(await proxy.calls(session, this.#label)).values()].sort();
        if (states.join() === wanted.join()) return { met: true, value: undefined };
        return { met: false, seen: states.join(", ") || "no call" };
      },
      { withinMs: READY_WITHIN_MS },
    );
  }

  /** Uses the calls on the node that serves after a fault, and waits for their ends. */
  async use(to: string): Promise<void> {
    await this.command(to, () => this.#answered());
    await this.conclude();
  }

  /**
   * Tells the phones to use and end the calls on the node that serves now: they re-INVITE, answer, cancel and hang up.
   *
   * @param answered waits until the calls that rang are answered
   */
  async command(to: string, answered: () => Promise<void>): Promise<void> {
    const { context, phones } = this.#tools;
    const states = await proxy.calls(await context.sessions.to(to), this.#label);
    const known = new Set([...states].flatMap(([callId, state]) => (state === "answered" ? [callId] : [])));
    const since = Date.now() / 1000;
    await phones.caller.order(this.#label, firstOrders());
    await sleep(LISTEN_MS);
    await answered();
    await phones.caller.order(this.#label, lastOrders());
    this.#after = { since, known, left: 0, to, accounting: [] };
  }

  /** Waits for the ends of the calls, and reads what the database has of them. */
  async conclude(): Promise<void> {
    if (this.#after === undefined) throw new Error("the open calls must be used before they are judged");
    const left = await this.#ended(this.#rows());
    this.#after = { ...this.#after, left, accounting: await this.#rows().accounting() };
  }

  #rows(): CallTable {
    if (this.#table === undefined) throw new Error("the open calls must begin before they are used");
    return this.#table;
  }

  /** Waits for the calls that rang: their 200 OK is repeated until the relay is up. One that is not answered is a finding. */
  async #answered(): Promise<void> {
    const table = this.#rows();
    const look = async () => {
      const { length } = await table.accounting();
      return length >= TO_BE_ACCOUNTED
        ? ({ met: true, value: true } as const)
        : ({ met: false, seen: `${length} calls` } as const);
    };
    await inTime("the calls that rang are answered", look, { withinMs: ANSWERED_WITHIN_MS });
  }

  /** Answers how many rows of calls are left. */
  async #ended(table: CallTable): Promise<number> {
    const look = async () => {
      const left = await table.open();
      const rows = await table.accounting();
      const unended = rows.filter(({ ended }) => !ended).length;
      // a proxy that was without its database tells of such calls later
      const missing = Math.max(0, TO_BE_ACCOUNTED - rows.length);
      if (left + unended + missing === 0) return { met: true, value: 0 } as const;
      const seen = `${left} open, ${unended} without an end in the accounting, ${missing} not in it`;
      return { met: false, seen } as const;
    };
    return (await inTime("every call has ended", look, { withinMs: ENDED_WITHIN_MS })) ?? table.open();
  }

  /** What the record and the database say of the calls; `from` served before the fault, and may serve after it. */
  judge(
    record: PacketRecord,
    from: string,
  ): { readonly measures: readonly Measure[]; readonly notes: readonly string[] } {
    const { bounds, plan } = this.#tools.context;
    if (this.#after === undefined) throw new Error("the open calls must be used before they are judged");
    const floatingIp = plan.floatingIp.address;
    const after = this.#after;
    const found = openCallFindings({ ...after, calls: keptCalls, label: this.#label, record, floatingIp, from });
    const log = `\`journalctl -u sip-ha-proxy\` on ${after.to}`;
    const lookAt = "MEDIA and REPLY in kamailio.cfg";
    const silent = { bound: bounds.openCallsSilent, measured: found.silentDirections, lookAt };
    const accounting = "table accounting and the triggers of schema.sql on the database host";
    return {
      measures: [
        { bound: bounds.openCallsUnknown, measured: found.unknown, lookAt: "table dialog on the database host" },
        { bound: bounds.openCallsFailed, measured: found.failedRequests, lookAt: log },
        ...(plan.relay === "none" ? [] : [silent]),
        {
          bound: bounds.openCallsLeft,
          measured: after.left,
          lookAt: "event_route[dialog:end] in the configuration of the proxy",
        },
        { bound: bounds.accountingWrong, measured: found.wrongAccounting, lookAt: accounting },
      ],
      notes: found.notes,
    };
  }
}
