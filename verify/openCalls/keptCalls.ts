import { PORTS } from "../phones/caller.ts";

/** Which phone of a call. */
export type Side = "caller" | "callee";

/** A call that is open, or being set up, when a fault comes, and what its phones do afterwards. */
export interface KeptCall {
  /**
   * `plain`: answered; `sound`: answered, with sound; `late`: answered, and its ACK is sent only afterwards;
   * `ring`: rings, and is answered afterwards; `stubborn`: as `sound`, but the called phone refuses every re-INVITE.
   */
  readonly mode: "plain" | "sound" | "late" | "ring" | "stubborn";
  /** Who sends a re-INVITE first. */
  readonly reinvite?: Side;
  /** The caller gives up while it rings. */
  readonly cancel?: true;
  readonly hangUp: Side;
}

/** Every pair of who re-INVITEs and who hangs up, and each moment of a call that is being set up. */
export const keptCalls: readonly KeptCall[] = [
  { mode: "plain", hangUp: "caller" },
  { mode: "plain", hangUp: "callee" },
  { mode: "sound", reinvite: "caller", hangUp: "caller" },
  { mode: "sound", reinvite: "callee", hangUp: "callee" },
  { mode: "sound", reinvite: "caller", hangUp: "callee" },
  { mode: "sound", reinvite: "callee", hangUp: "caller" },
  { mode: "late", hangUp: "caller" },
  { mode: "ring", hangUp: "caller" },
  { mode: "ring", hangUp: "callee" },
  { mode: "ring", cancel: true, hangUp: "caller" },
];

/** One order to a phone, see `caller order`. */
export interface Order {
  /** Of the call, from 1. */
  readonly number: number;
  readonly port: number;
  readonly method: "INFO" | "MESSAGE";
}

export const portOf: Readonly<Record<Side, number>> = { caller: PORTS.kept, callee: PORTS.obeying };

/** What the phones are told as soon as there is service again. */
export function firstOrders(calls: readonly KeptCall[] = keptCalls): readonly Order[] {
  return calls.map((call, index) => ({ number: index + 1, ...firstOrder(call) }));
}

function firstOrder({ mode, reinvite, cancel, hangUp }: KeptCall): Omit<Order, "number"> {
  if (mode === "ring") return { port: portOf[cancel ? "caller" : "callee"], method: "INFO" };
  if (mode === "late") return { port: portOf.caller, method: "INFO" };
  if (reinvite) return { port: portOf[reinvite], method: "INFO" };
  return { port: portOf[hangUp], method: "MESSAGE" };
}

/** What they are told a while later: who has not hung up does; the phone that could not be told of a CANCEL answers. */
export function lastOrders(calls: readonly KeptCall[] = keptCalls): readonly Order[] {
  return calls.flatMap(({ mode, reinvite, cancel, hangUp }, index): Order[] => {
    const number = index + 1;
    if (cancel) return [{ number, port: portOf.callee, method: "INFO" }];
    if (mode === "plain" && !reinvite) return [];
    return [{ number, port: portOf[hangUp], method: "MESSAGE" }];
  });
}
