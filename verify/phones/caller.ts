import type { ClusterPlan } from "../../config/plan.ts";
import type { LineStream, Session } from "../../remote/session.ts";
import type { KeptCall, Order } from "../openCalls/keptCalls.ts";
import { parseRecord, type PacketRecord } from "../evidence/record.ts";
import { injectionLines, type TestUser } from "./users.ts";

const PROGRAM = "sudo -n /usr/lib/sip-ha/verify/caller";

/** Ports of the caller's phones; one per part, so that the record tells them apart. */
export const PORTS = {
  callee: 5070,
  caller: 5071,
  load: 5073,
  first: 5074,
  open: 5075,
  calls: 5076,
  kept: 5077,
  obeying: 5078,
} as const;

export interface CallOptions {
  /** Begins the Call-IDs; lower case letters. */
  readonly label: string;
  readonly from: TestUser;
  readonly to: Pick<TestUser, "name">;
  readonly port: number;
  /** Length of each call, in milliseconds. */
  readonly lengthMs: number;
  /** Number of calls; default 1. */
  readonly count?: number;
  /** Calls started per second; default 10. */
  readonly perSecond?: number;
}

/** The machine outside: phones, probe and the independent record. */
export class CallerHost {
  readonly #session: Session;
  readonly #plan: ClusterPlan;
  readonly #run: string;

  constructor(session: Session, plan: ClusterPlan, run: string) {
    this.#session = session;
    this.#plan = plan;
    this.#run = run;
  }

  /**
   * Keeps other verifications out until the answered stream is stopped, or this program dies.
   *
   * @throws Error when another one is running
   */
  async hold(): Promise<LineStream> {
    let said = (): void => undefined;
    const held = new Promise<"held">((resolve) => {
      said = () => {
        resolve("held");
      };
    });
    const stream = await this.#session.stream(`${PROGRAM} hold`, () => {
      said();
    });
    const outcome = await Promise.race([held, stream.done]);
    if (outcome === "held") return stream;
    const name = this.#session.name;
    if (outcome === BUSY) throw new Error(`another verification runs on ${name}; wait for its end, then run again`);
    throw new Error(`${name}: keep other verifications out: ended with ${outcome}; look at ${PROGRAM} on that host`);
  }

  /** Clears what an earlier run left, then takes over the users; their passwords go over stdin. */
  async begin(users: readonly TestUser[]): Promise<void> {
    const { sip, floatingIp } = this.#plan;
    await this.end();
    const values = `${this.#run} ${sip.domain} ${floatingIp.address} ${sip.port}`;
    await this.#session.must("begin the verification", `${PROGRAM} begin ${values}`, { stdin: injectionLines(users) });
  }

  async startRecord(): Promise<void> {
    await this.#must("start the packet record", "capture", "");
  }

  /** Ends the record and reads it. */
  async stopRecord(): Promise<PacketRecord> {
    await this.#must("stop the packet record", "stop", "capture");
    return parseRecord(await this.#must("read the packet record", "rows", ""));
  }

  /** The whole record of the last scenario as pcap in gzip, which is taken away; empty when there is none. */
  async takePackets(): Promise<Buffer> {
    return Buffer.from(await this.#must("fetch the packet record", "packets", ""), "base64");
  }

  /** Starts a probe of `perSecond` OPTIONS, at most `count`, none of them repeated. */
  async startProbe(perSecond: number, count: number): Promise<void> {
    await this.#must("start the OPTIONS probe", "options", `${perSecond} ${count}`);
  }

  async stopProbe(): Promise<void> {
    await this.#must("stop the OPTIONS probe", "stop", "options");
  }

  /** Registers the users whose names match `pattern` (extended regular expression for the end of the name). */
  async register(label: string, pattern: string, port: number, perSecond = 50): Promise<void> {
    await this.#must(`register (${label})`, "register", `${label} '${pattern}' ${port} ${EXPIRES} ${perSecond}`);
  }

  /**
   * Registers the phone that answers calls and echoes sound, and starts it; anew, if it runs: a phone ends by itself after
   * five minutes, and a verification may last longer.
   */
  async startAnswering(user: TestUser): Promise<void> {
    await this.#must("stop the called phone", "stop", "answer");
    await this.register("callee", user.name, PORTS.callee);
    await this.#must("start the called phone", "answer", String(PORTS.callee));
  }

  /** Calls, with sound, and hangs up. Whether that worked is judged from the record; SIPp's own view is an error here. */
  async call(options: CallOptions): Promise<void> {
    const { label, from, to, port, lengthMs, count = 1, perSecond = 10 } = options;
    const values = `${label} ${from.name} ${to.name} ${port} ${lengthMs} ${count} ${perSecond}`;
    await this.#must(`call (${label})`, "call", values);
  }

  /** Registers the phone that takes orders when it is called, and starts it; anew, if it runs from an earlier scenario. */
  async startObeying(user: TestUser): Promise<void> {
    await this.#must("stop the phone that takes orders", "stop", "obey");
    await this.register("kept", user.name, PORTS.obeying);
    await this.#must("start the phone that takes orders", "obey", String(PORTS.obeying));
  }

  /** Starts one call of each mode; they last until they are told to hang up. */
  async keep(label: string, from: TestUser, to: TestUser, modes: readonly KeptCall["mode"][]): Promise<void> {
    const values = `${label} ${from.name} ${to.name} ${PORTS.kept} ${modes.join(" ")}`;
    await this.#must("start the calls that stay", "keep", values);
  }

  /** Tells the phones of {@link keep} what to do next. */
  async order(label: string, orders: readonly Order[]): Promise<void> {
    const lines = orders.map(({ number, port, method }) => `${number} ${port} ${method}\n`).join("");
    await this.#must("tell the phones what to do", "order", label, lines);
  }

  /** Ends every part of every run and removes what they left. */
  async end(): Promise<void> {
    await this.#session.must("end the verification", `${PROGRAM} end`);
  }

  async #must(step: string, verb: string, values: string, stdin?: string): Promise<string> {
    return this.#session.must(step, `${PROGRAM} ${verb} ${this.#run} ${values}`, {
      timeoutMs: 60_000,
      ...(stdin === undefined ? {} : { stdin }),
      fix: `look at /run/sip-ha-verify and \`systemctl list-units 'sip-ha-verify*'\` on this host`,
    });
  }
}

/** EX_TEMPFAIL of sysexits.h, as `caller hold` ends when somebody else holds the lock. */
const BUSY = 75;

/** Seconds; long enough that no contact expires in a run, short enough that nothing stays if a run is killed. */
const EXPIRES = 600;
