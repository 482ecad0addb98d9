import type { HostAccess } from "../components/hosts/host.ts";
import { isManaged, machines, type ClusterPlan } from "../config/plan.ts";
import { eventually, type Look } from "../remote/eventually.ts";
import { BastionPool, openSession, type Session } from "../remote/session.ts";
import { bounds, type Bounds } from "./bounds/bounds.ts";
import type { CallerHost } from "./phones/caller.ts";
import { activeNode, evaluateChecks, type CheckResult } from "./checks.ts";
import { collectFacts, type HostFacts } from "./evidence/facts.ts";
import type { PowerSwitch, PowerSwitches } from "./faults/power.ts";
import type { Restoration } from "./faults/restoration.ts";
import type { TestUser, UserTable } from "./phones/users.ts";

/** Connections of one verification, one per host; a host that comes back is dialled again. */
export class Sessions {
  /** Every way that was given. */
  readonly hosts: readonly HostAccess[];
  readonly #bastions: BastionPool;
  readonly #open = new Map<string, Session>();

  constructor(hosts: readonly HostAccess[], bastions: BastionPool) {
    this.hosts = hosts;
    this.#bastions = bastions;
  }

  /** Connections that are closed when everything is undone. */
  static until(restoration: Restoration, hosts: readonly HostAccess[]): Sessions {
    const bastions = new BastionPool();
    restoration.add("close the connections", () => bastions.close());
    const sessions = new Sessions(hosts, bastions);
    restoration.add("close the sessions", () => {
      sessions.close();
      return Promise.resolve();
    });
    return sessions;
  }

  /**
   * The connection to a host; made when there is none or it broke.
   *
   * @throws HostStepError when the host does not answer within `patienceMs`
   */
  async to(name: string, patienceMs = 0): Promise<Session> {
    const known = this.#open.get(name);
    if (known?.alive) return known;
    const host = this.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`no way to reach ${name} was given; the plan and the hosts do not fit`);
    const session = await openSession(host, this.#bastions, patienceMs);
    this.#open.set(name, session);
    return session;
  }

  /** Whether a way to this host was given. */
  knows(name: string): boolean {
    return this.hosts.some((host) => host.name === name);
  }

  /** Forgets a host whose power was cut: its connection looks alive until the keep-alive notices. */
  drop(name: string): void {
    this.#open.get(name)?.close();
    this.#open.delete(name);
  }

  close(): void {
    for (const session of this.#open.values()) session.close();
  }
}

/** The phones' side of a verification; needs a caller. */
export interface Phones {
  readonly caller: CallerHost;
  readonly table: UserTable;
  readonly callingUser: TestUser;
  readonly calledUser: TestUser;
  /** Is called by the calls that are open when a fault comes. */
  readonly keptUser: TestUser;
}

/** What every scenario works with. */
export class VerificationContext {
  readonly plan: ClusterPlan;
  readonly bounds: Bounds;
  readonly sessions: Sessions;
  readonly #progress: (line: string) => void;
  readonly #signal: AbortSignal;
  /** What the last look at the checks found; empty before the first. */
  seen: readonly CheckResult[] = [];

  constructor(plan: ClusterPlan, sessions: Sessions, progress: (line: string) => void, signal: AbortSignal) {
    this.plan = plan;
    this.bounds = bounds(plan.timing, plan.verification.tolerance);
    this.sessions = sessions;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** Says what comes next; throws when the verification was interrupted. */
  step(text: string): void {
    this.#signal.throwIfAborted();
    this.#progress(text);
  }

  /** What all hosts that can be reached say of themselves; the router only forwards and is not asked. */
  async facts(): Promise<readonly HostFacts[]> {
    const asked = machines(this.plan).filter((machine) => isManaged(machine) && this.sessions.knows(machine.name));
    return Promise.all(asked.map((machine) => collectFacts(machine, () => this.sessions.to(machine.name))));
  }

  /** Makes the checks of every host, and answers the active node. */
  async #check(): Promise<string | undefined> {
    const facts = await this.facts();
    this.seen = evaluateChecks(this.plan, facts);
    return activeNode(facts);
  }

  /**
   * Looks until every check passes; answers the active node.
   *
   * @throws NotInTimeError with the checks that still failed; the abort reason when the verification was interrupted
   */
  async healthy(withinMs: number): Promise<string> {
    const active = await this.#settled(withinMs, this.#signal);
    this.#signal.throwIfAborted();
    return active;
  }

  /** {@link healthy} for the clean-up, which an interruption does not cut short. */
  async recovered(withinMs: number): Promise<string> {
    return this.#settled(withinMs);
  }

  async #settled(withinMs: number, signal?: AbortSignal): Promise<string> {
    const look = async (): Promise<Look<string>> => {
      if (signal?.aborted) return { met: true, value: "" };
      const active = await this.#check();
      const faults = this.seen.flatMap(({ host, check, fault }) => (fault ? [`${host}: ${check}: ${fault}`] : []));
      if (faults.length === 0 && active !== undefined) return { met: true, value: active };
      return { met: false, seen: faults.join("; ") };
    };
    return eventually("every check passes", look, { withinMs, everyMs: 500 });
  }

  /** The node that is not this one. */
  peerOf(name: string): string {
    const peer = this.plan.nodes.find((node) => node.name !== name);
    if (peer === undefined) throw new Error(`${name} has no peer; a failover needs two nodes`);
    return peer.name;
  }
}

/** {@link VerificationContext} with all that a fault needs. */
export interface FaultTools extends PowerSwitches {
  readonly context: VerificationContext;
  readonly phones: Phones;
}

/** @throws Error when nothing can switch the node; `unavailable` of the catalogue asks first. */
export function powerOf(tools: FaultTools, node: string): PowerSwitch {
  const power = tools.power(node);
  if (power === undefined) throw new Error(`nothing can switch ${node} off and on from outside`);
  return power;
}
