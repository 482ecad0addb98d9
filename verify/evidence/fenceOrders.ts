import type { Session } from "../../remote/session.ts";

/** An order to switch a node that reached the lab's fencing device, as the device itself noted it. */
export interface FenceOrder {
  readonly node: string;
  /** When it came and when it was answered, in seconds since 1970. */
  readonly came: number;
  readonly answered: number;
  /** In the words of the BMC: `reset 1` of a node that is on, `power 1` of one that is off already. */
  readonly words: string;
  readonly confirmed: boolean;
}

/** A BMC is asked again when its answer is late: within so many seconds it is the same order. */
const AGAIN_S = 5;

/** The orders that came since, in seconds since 1970. */
export async function fenceOrders(fence: Session, since: number): Promise<readonly FenceOrder[]> {
  const command = `sudo -n journalctl -q --no-pager -t fence-device -o short-unix --since @${Math.floor(since)}`;
  const orders = parseFenceOrders(await fence.must("ask the fencing device for its orders", command));
  return orders.filter(({ came }) => came >= since);
}

/** Reads the device's journal (`-o short-unix`); other lines are ignored, and an order that was repeated counts once. */
export function parseFenceOrders(text: string): readonly FenceOrder[] {
  const orders: FenceOrder[] = [];
  for (const order of text.split("\n").flatMap((line) => parseOrder(line) ?? [])) {
    const same = orders.some(({ node, came }) => node === order.node && order.came - came < AGAIN_S);
    if (!same) orders.push(order);
  }
  return orders;
}

function parseOrder(line: string): FenceOrder | undefined {
  const match = /^(\d+\.\d+) .*fence-device(?:\[\d+\])?: (\S+): set ((?:reset|power) [01]): (.*)$/.exec(line);
  if (match === null) return undefined;
  const [, time, node = "", words = "", said = ""] = match;
  const answered = Number(time);
  const took = /^confirmed after (\d+) ms$/.exec(said)?.[1];
  return { node, words, answered, came: answered - Number(took ?? 0) / 1000, confirmed: took !== undefined };
}
