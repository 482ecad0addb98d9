import { type ClusterPlan, routerOf } from "../../config/plan.ts";
import { eventually } from "../../remote/eventually.ts";
import type { LineStream, Session } from "../../remote/session.ts";
import type { VerificationContext } from "../context.ts";
import { heldCommand } from "./held.ts";

const CARD = "eth1";
const ASKS_AFTER = `/proc/sys/net/ipv4/neigh/${CARD}/delay_first_probe_time`;
/** Longer than any scenario, in seconds: what a neighbour table holds is never asked for by the gateway itself. */
const PATIENCE_S = 300;

/**
 * The gateway's neighbour table (arp(7)), for the floating IP on its public card. While it is held, the gateway asks nobody by
 * itself whether what it knows is still true: it learns by what it is told. With the connection this ends by itself.
 */
export class DeafGateway {
  readonly #session: Session;
  readonly #address: string;
  readonly #patience: LineStream;
  #deaf: LineStream | undefined;

  private constructor(session: Session, address: string, patience: LineStream) {
    this.#session = session;
    this.#address = address;
    this.#patience = patience;
  }

  /** @throws Error when nobody can look at the gateway */
  static async hold({ plan, sessions }: VerificationContext): Promise<DeafGateway> {
    const session = await sessions.to(gatewayName(plan));
    const { address } = plan.floatingIp;
    const end = `echo $own >${ASKS_AFTER}; ip neigh del ${address} dev ${CARD}`;
    const begin = `own=$(cat ${ASKS_AFTER}); trap "${end}" EXIT; echo ${PATIENCE_S} >${ASKS_AFTER}`;
    return new DeafGateway(session, address, await heldCommand(session, untilTheEnd(begin, "patient"), "patient"));
  }

  /** The hardware address that the gateway sends to. */
  async entry(): Promise<string> {
    const text = await this.#session.must("read the neighbour table", `ip neigh show ${this.#address} dev ${CARD}`);
    const hardware = / lladdr ([0-9a-f:]{17})/.exec(text)?.[1];
    if (hardware === undefined) throw new Error(`the gateway knows nobody with ${this.#address}: '${text.trim()}'`);
    return hardware;
  }

  /** From now on it believes nobody: its entry stays what it is. */
  async deafen(): Promise<void> {
    const entry = `ip neigh replace ${this.#address} lladdr ${await this.entry()} dev ${CARD} nud`;
    const begin = `trap "${entry} stale" EXIT; ${entry} permanent`;
    this.#deaf = await heldCommand(this.#session, untilTheEnd(begin, "deaf"), "deaf");
  }

  /** From now on it believes who tells it something, and keeps what it knew until then. */
  async hear(): Promise<void> {
    await this.#deaf?.stop();
    this.#deaf = undefined;
  }

  /** Waits until the gateway sends to somebody else; seconds since 1970 of that look. */
  async learns(before: string, withinMs: number): Promise<number> {
    return eventually(
      `the gateway sends to another machine than ${before}`,
      async () => {
        const now = await this.entry();
        return now === before ? { met: false, seen: now } : { met: true, value: Date.now() / 1000 };
      },
      { withinMs, everyMs: 50 },
    );
  }

  /** Everything as before; any number of times. */
  async release(): Promise<void> {
    await this.hear();
    await this.#patience.stop();
  }
}

/** Whatever `begin` undoes at its exit is undone at the end of standard input, after two minutes or at a signal. */
function untilTheEnd(begin: string, word: string): string {
  return `sudo -n bash -c 'set -e; trap "exit 1" HUP INT TERM PIPE; ${begin}; echo ${word}; read -r -t 120 || true'`;
}

function gatewayName(plan: ClusterPlan): string {
  const router = routerOf(plan);
  if (router === undefined) throw new Error("no router was given whose neighbour table could be looked at");
  return router.name;
}
