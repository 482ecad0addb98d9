import { setTimeout as sleep } from "node:timers/promises";
import { engine, isMissing } from "../../../toolchain/plugins/docker/engine.ts";
import type { OutOfBand } from "./outOfBand.ts";
import type { PluginClient } from "./pluginClient.ts";
import { type CallKind, type Entry, properties, text } from "./recordings.ts";
import { CaseReplay } from "./replay.ts";

/** Types in the order in which a stack makes them. */
const TOKENS: readonly (readonly [file: string, token: string])[] = [
  ["docker-RemoteImage", "docker:index/remoteImage:RemoteImage"],
  ["docker-Volume", "docker:index/volume:Volume"],
  ["docker-Network", "docker:index/network:Network"],
  ["docker-Container", "docker:index/container:Container"],
];

const AT_ONCE = 6;
const PATIENCE_MS = 5000;

/** What the replays need to know of their surroundings. */
export interface DockerSurroundings {
  readonly client: PluginClient;
  readonly outOfBand: OutOfBand;
  readonly values: Readonly<Record<string, string>>;
  /** What `<path>` stands for in a file of recordings. */
  readonly paths: Readonly<Record<string, string>>;
}

/** Replays whole stacks step by step: what the entries of one step do depends on one another. */
export class DockerStack {
  private readonly surroundings: DockerSurroundings;
  private readonly cases = new Map<string, CaseReplay>();
  private readonly differences = new Map<Entry, string[]>();
  private readonly containerNames = new Map<string, string>();

  constructor(surroundings: DockerSurroundings) {
    this.surroundings = surroundings;
  }

  /** What an entry differed in. */
  resultOf(entry: Entry): readonly string[] {
    return this.differences.get(entry) ?? ["was not replayed"];
  }

  /** Replays all entries of one stack. */
  async replay(entries: readonly Entry[]): Promise<void> {
    for (const step of [...new Set(entries.map((entry) => entry.step))].sort((a, b) => a - b)) {
      await this.replayStep(entries.filter((entry) => entry.step === step));
    }
  }

  private async replayStep(entries: readonly Entry[]): Promise<void> {
    for (const { name, step } of entries) await this.surroundings.outOfBand.before(name, step);
    const dependents = entries.filter(({ order }) => order.join() === "diff,delete,check,create");
    await this.together(dependents, (entry) => this.run(entry, ["diff", "delete"]));
    const ranks = TOKENS.map(([file]) => entries.filter((entry) => entry.file === file));
    const removing = entries.every(({ order }) => order.join() === "delete");
    for (const rank of removing ? ranks.reverse() : ranks) {
      await this.together(rank, (entry) =>
        dependents.includes(entry) ? this.run(entry, ["check", "create"]) : this.run(entry, entry.order),
      );
    }
  }

  private async together(entries: readonly Entry[], work: (entry: Entry) => Promise<void>): Promise<void> {
    const waiting = [...entries];
    const worker = async () => {
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
        try {
          await work(entry);
        } catch (error) {
          this.differences.set(entry, [String(error)]);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  private async run(entry: Entry, order: readonly CallKind[]): Promise<void> {
    const replay = this.caseOf(entry);
    const whole = order === entry.order;
    const found = await (whole ? replay.replay(entry) : replay.replayCalls(entry, order));
    const complete = whole || order.at(-1) === entry.order.at(-1);
    const after = complete ? await this.containerDifference(entry) : [];
    this.differences.set(entry, [...(this.differences.get(entry) ?? []), ...found, ...after]);
  }

  private caseOf({ file, name }: Entry): CaseReplay {
    const key = `${file} ${name}`;
    const token = TOKENS.find(([candidate]) => candidate === file)?.[1] ?? "";
    const { client, values, paths } = this.surroundings;
    const known = { ...values, "<path>": paths[file] ?? "" };
    const found = this.cases.get(key) ?? new CaseReplay({ token, client }, name, known);
    found.bindings.lookUp = (other, placeholder) => this.valueOf(other, placeholder);
    this.cases.set(key, found);
    return found;
  }

  /** The value that a placeholder has in another resource's case. */
  private valueOf(name: string, placeholder: string): string | undefined {
    const keys = TOKENS.map(([file]) => `${file} ${name}`);
    return keys.map((key) => this.cases.get(key)?.bindings.get(placeholder)).find((value) => value !== undefined);
  }

  private async containerDifference({ recorded, file, name }: Entry): Promise<string[]> {
    const wanted = text(recorded["containerAfter"]);
    if (wanted === "") return [];
    const given = text(properties(properties(recorded["program"])["args"])["name"]);
    if (given !== "") this.containerNames.set(name, given);
    const id = this.cases.get(`${file} ${name}`)?.bindings.get("<id>");
    const seen = await settledStatus(this.containerNames.get(name) ?? id ?? "never-made", wanted);
    return seen === wanted ? [] : [`container: recorded ${wanted}, got ${seen}`];
  }
}

/** The status of a container, once it is the wanted one or time is up: some exit a moment after their start. */
async function settledStatus(container: string, wanted: string): Promise<string> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await statusOf(container);
    if (seen === wanted || Date.now() > end) return seen;
    await sleep(100);
  }
}

async function statusOf(container: string): Promise<string> {
  try {
    return (await engine.getContainer(container).inspect()).State.Status;
  } catch (error) {
    if (isMissing(error)) return "absent";
    throw error;
  }
}
