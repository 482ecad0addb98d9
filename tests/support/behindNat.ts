import { setTimeout as delay } from "node:timers/promises";
import { PORTS } from "../../verify/phones/caller.ts";
import { onCaller } from "./phonesOf.ts";
import type { Sandbox } from "./sandbox.ts";
import { playOnCaller } from "./sippOnCaller.ts";

/** What came of phones whose contact is not where their packets come from. */
export interface BehindNat {
  /** What went wrong with a REGISTER over UDP and over TCP; empty when nothing did. */
  readonly faults: readonly string[];
  /** OPTIONS that the floating IP sent within the time to where the packets of the UDP phone came from. */
  readonly pings: number;
}

/** Registers a phone over UDP and one over TCP from behind NAT (tests/sipp/nat), and looks at what keeps the way open. */
export async function registerBehindNat(sandbox: Sandbox, lookMs: number): Promise<BehindNat> {
  return onCaller(sandbox, async ({ phones, floatingIp }) => {
    const { caller, calledUser, keptUser } = phones;
    const way = { folder: "nat", name: "register" };
    await caller.startRecord();
    const faults = [
      await playOnCaller({ ...way, port: PORTS.first, user: calledUser }),
      await playOnCaller({ ...way, port: PORTS.open, user: keptUser, transport: "t1" }),
    ].filter((fault) => fault !== "");
    await delay(lookMs);
    const pings = (await caller.stopRecord()).filter(({ source, destination, sip }) => {
      return sip?.method === "OPTIONS" && source.address === floatingIp && destination.port === PORTS.first;
    });
    return { faults, pings: pings.length };
  });
}
