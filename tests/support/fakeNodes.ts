import type { ServerChannel } from "ssh2";
import type { HostAccess } from "../../components/hosts/host.ts";
import { openSession, type BastionPool, type Session } from "../../remote/session.ts";
import type { KeyState, WantedKey } from "../../activate/keys.ts";
import type { Release } from "../../remote/programs.ts";
import { type Answer, SshHost } from "./sshHost.ts";

/** Which of two nodes has the group, if any. */
export interface Group {
  owner: string | null;
  /** Nodes whose Heartbeat does not run. */
  readonly stopped?: Set<string>;
}

/** The keys of a release, by the sum of its secrets. */
const KEYS: Readonly<Record<string, WantedKey>> = {
  s: { key: { number: 1, sum: "k1" }, follows: "" },
  s2: { key: { number: 2, sum: "k2" }, follows: "k1" },
  foreign: { key: { number: 1, sum: "other" }, follows: "" },
};

/** A node behind a real SSH connection; its release and engine programs keep their books in memory. */
export class FakeNode {
  readonly name: string;
  readonly #peer: string;
  readonly #group: Group;
  current: Release | undefined;
  previous: Release | undefined;
  readonly owed = new Set<string>();
  /** The bundle whose packages it has; default: none was installed. */
  installed: string | undefined;
  /** What the next swap changes. */
  effects: readonly string[] = ["proxy"];
  /** What `release drift` says; a swap mends it. Undefined: a release that does not know the question. */
  drift: readonly string[] | undefined = [];
  /** Heartbeat's keys in place. */
  keys: Pick<KeyState, "signs" | "keys"> = { signs: 1, keys: [{ number: 1, sum: "k1" }] };
  /** Whether its Heartbeat runs. */
  heartbeat = true;
  /** Whether the release in place has other rules for the firewall than those in force. */
  newRules = false;
  /** Commands that fail, by a part of them. */
  readonly failing = new Set<string>();
  /** What happens elsewhere while a command runs, by its short name. */
  readonly meanwhile = new Map<string, () => void>();
  /** The floating IP of each release, by its files; default: that of the plan of two nodes. */
  readonly floatingIps = new Map<string, string>();
  /** How many more times it says that it has a floating IP which it is asked for. */
  lingers = 0;
  /** Addresses that somebody else has. */
  readonly taken = new Set<string>();
  /** How many more times Heartbeat says that it is between two states. */
  transitions = 0;
  /** How many more times the engine says that the group is moving. */
  moving = 0;
  /** What changed something, in short: `prove`, `swap`, `restart heartbeat` ... */
  readonly done: string[] = [];
  #host: SshHost | undefined;

  constructor(name: string, peer: string, group: Group, current?: Release) {
    this.name = name;
    this.#peer = peer;
    this.#group = group;
    this.current = current;
  }

  async open(bastions: BastionPool): Promise<Session> {
    return openSession(await this.start(), bastions);
  }

  /** How it is reached from then on. */
  async start(): Promise<HostAccess> {
    this.#host = await SshHost.start(this.name, { answer: (command) => this.#answer(command), take: holdLock });
    return this.#host.access();
  }

  /** How many connections there were so far. */
  get connections(): number {
    return this.#host?.accepted ?? 0;
  }

  /** No new connection comes in; those that there are stay. */
  shut(): void {
    this.#host?.shut();
  }

  async stop(): Promise<void> {
    await this.#host?.stop();
  }

  #answer(command: string): Answer {
    const question = this.#question(command);
    if (question) return question;
    const short =
      /(?:release|engine|proxyctl|authkeys put) (maintenance \S+|\S+)|(firewall (?:apply|confirm|rollback))|systemctl (re)?start heartbeat/.exec(
        command,
      );
    const act = short?.[1] ?? short?.[2] ?? `${short?.[3] ?? ""}start heartbeat`;
    this.meanwhile.get(act)?.();
    if (this.#fails(command)) return { code: 1, stderr: `${act} is broken\n` };
    this.done.push(act);
    return this.#act(act, command);
  }

  #question(command: string): Answer | undefined {
    if (command.includes("current.json")) return this.current ? json(this.current) : {};
    if (command.includes("/owed")) return { stdout: [...this.owed].join("\n") };
    if (command.startsWith("cat /etc/sip-ha/cluster.env")) return { stdout: this.#clusterEnv() };
    if (command.includes("arping")) return { code: this.taken.has(command.split(" ").at(-1) ?? "") ? 1 : 0 };
    if (command.startsWith("ip -4 -o addr")) return { stdout: this.lingers-- > 0 ? "2: eth1 inet ...\n" : "" };
    if (command.includes("firewall apply") && !this.newRules) return json({ applied: false });
    if (command.endsWith("authkeys show")) return json(this.current ? this.keys : null);
    if (command.includes("authkeys wanted")) return json(wantedIn(command));
    if (command.includes("/maintenance")) return { stdout: this.#stopped(this.name) ? "2026-11-30 rotation\n" : "" };
    if (command.endsWith("engine owner")) {
      this.meanwhile.get("owner")?.();
      if (this.#fails(command)) return { code: 1, stderr: "no answer\n" };
      if (!this.current) return { code: 1, stderr: "engine: command not found\n" };
      const role = this.#role();
      return json({ self: this.name, owner: this.#group.owner, role, since: null });
    }
    if (command.endsWith("release drift")) {
      if (this.drift === undefined) return { code: 1, stderr: "release: usage: release prove | swap | current\n" };
      return { stdout: this.drift.map((line) => `${line}\n`).join("") };
    }
    if (command.endsWith("rscstatus")) return { stdout: this.transitions-- > 0 ? "transition\n" : "all\n" };
    if (command.endsWith("engine peers")) {
      return json([{ node: this.#peer, status: this.#stopped(this.#peer) ? "dead" : "active" }]);
    }
    if (!command.endsWith("monitor")) return undefined;
    return this.#fails(command) ? { code: 7, stderr: "not running" } : {};
  }

  #role(): string {
    if (this.#stopped(this.name)) return "maintenance";
    if (!this.heartbeat) return "stopped";
    if (this.moving-- > 0) return "transition";
    return this.#group.owner === this.name ? "active" : "standby";
  }

  #fails(command: string): boolean {
    return [...this.failing].some((part) => command.includes(part));
  }

  #act(act: string, command: string): Answer {
    switch (act) {
      case "swap":
        return this.#swap(command);
      case "install-packages":
        this.installed = command.split(" ").at(-1) ?? "";
        return {};
      case "restore-packages":
        return json({ restored: this.#restore(command.split(" ").at(-2) ?? "") });
      case "rollback":
        this.current = this.previous;
        return json({ changed: [], owed: [] });
      case "start-units":
        this.drift = (this.drift ?? []).filter((line) => !line.startsWith("unit\t"));
        return json({ started: true });
      case "applied":
        this.owed.clear();
        return json({ owed: [] });
      case "firewall apply":
        return json({ applied: true });
      case "firewall confirm":
      case "firewall rollback":
        this.newRules = false;
        return {};
      case "standby":
        this.#group.owner = this.#peer;
        return {};
      case "accept":
      case "sign":
      case "drop":
        this.#put(act, wantedIn(command));
        return json({ accepted: true });
      case "maintenance on":
        this.#group.stopped?.add(this.name);
        return json({ accepted: true });
      case "maintenance off":
        this.#group.stopped?.delete(this.name);
        return json({ accepted: true });
      case "takeover":
        this.#group.owner = this.name;
        return {};
      default:
        if (act.endsWith("start heartbeat")) this.heartbeat = true;
        if (act.endsWith("start heartbeat")) this.#group.owner ??= this.name;
        return {};
    }
  }

  #clusterEnv(): string {
    const address = this.floatingIps.get(this.current?.files ?? "") ?? "198.51.100.10";
    const nodes = "NODES='sip1 sip2'\nNODE_ADDRESSES='10.77.0.11 10.77.0.12'";
    return `# values\n${nodes}\nFLOATING_IP=${address}\nFLOATING_PREFIX=24\nGATEWAY=198.51.100.1\nPROXY=kamailio\n`;
  }

  #stopped(name: string): boolean {
    return this.#group.stopped?.has(name) === true;
  }

  #put(how: "accept" | "sign" | "drop", { key }: WantedKey): void {
    const others = how === "drop" ? [] : this.keys.keys.filter(({ number }) => number !== key.number);
    this.keys = { signs: how === "accept" ? this.keys.signs : key.number, keys: [...others, key] };
  }

  #restore(bundle: string): boolean {
    const changed = this.installed !== undefined && this.installed !== bundle;
    this.installed = bundle;
    return changed;
  }

  #swap(command: string): Answer {
    const [files = "", secrets = "", bundle = ""] = command.split(" ").slice(-3);
    const changed = this.current?.files === files && (this.drift ?? []).length === 0 ? [] : this.effects;
    this.drift = [];
    if (changed.length > 0) this.previous = this.current;
    this.current = { files, secrets, bundle };
    for (const effect of changed) this.owed.add(effect);
    return json({ changed, owed: [...this.owed] });
  }
}

/** Everybody gets the lock of an activation, and has it until he ends. */
function holdLock(command: string, channel: ServerChannel): boolean {
  if (!command.includes("flock")) return false;
  channel.write("held\n");
  channel.on("end", () => {
    channel.exit(0);
    channel.end();
  });
  channel.resume();
  return true;
}

/** The key of the staged secrets that a command names. */
function wantedIn(command: string): WantedKey {
  const wanted = KEYS[/staged\/([^/]+)\/root\/etc/.exec(command)?.[1] ?? ""];
  if (!wanted) throw new Error(`no key is staged for: ${command}`);
  return wanted;
}

function json(value: unknown): Answer {
  return { stdout: JSON.stringify(value) };
}
