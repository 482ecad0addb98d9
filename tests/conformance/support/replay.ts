import type { Properties, Value } from "../../../toolchain/plugins/shared/values.ts";
import { Bindings } from "./placeholders.ts";
import type { Answer, PluginClient } from "./pluginClient.ts";
import { type CallKind, type Entry, list, properties, text } from "./recordings.ts";

/** What a recorded type is called. */
export interface ReplayedType {
  readonly token: string;
  readonly client: PluginClient;
}

/** What the stack knows of a resource between steps, from the plugin's own answers. */
interface Current {
  id: string;
  inputs: Properties;
  state: Properties;
}

/** Replays the entries of one resource in their order and tells what differs from the recording. */
export class CaseReplay {
  bindings: Bindings;
  private readonly type: ReplayedType;
  private readonly urn: string;
  private readonly nextCall: Record<CallKind, number> = { check: 0, diff: 0, create: 0, update: 0, read: 0, delete: 0 };
  private current: Current = { id: "", inputs: {}, state: {} };

  constructor(type: ReplayedType, name: string, values: Readonly<Record<string, string>>) {
    this.type = type;
    this.bindings = new Bindings(values);
    this.urn = `urn:pulumi:dev::rec::${type.token}::${name}`;
  }

  /** All calls of an entry; `previews` first, which touch nothing. */
  async replay(entry: Entry): Promise<string[]> {
    const differences = entry.clean ? await this.replayClean(entry) : await this.replayCalls(entry, entry.order);
    return [...differences, ...this.compareMessages(entry)];
  }

  /** Part of an entry's calls, in the recorded order. */
  async replayCalls(entry: Entry, order: readonly CallKind[]): Promise<string[]> {
    const differences: string[] = [];
    if (order === entry.order || this.isFirst(entry, order)) differences.push(...(await this.replayPreview(entry)));
    for (const kind of order) {
      const call = entry.calls[kind][this.nextCall[kind]];
      this.nextCall[kind] += 1;
      if (call === undefined) differences.push(`${kind}: the recording has no such call`);
      else differences.push(...(await this.replayCall(kind, call, kind)));
    }
    if (order.at(-1) === entry.order.at(-1)) this.resetCalls();
    return differences;
  }

  private isFirst(entry: Entry, order: readonly CallKind[]): boolean {
    return order.length > 0 && order.length < entry.order.length && Object.values(this.nextCall).every((n) => n === 0);
  }

  private resetCalls(): void {
    for (const kind of ["check", "diff", "create", "update", "read", "delete"] as const) this.nextCall[kind] = 0;
  }

  private async replayPreview(entry: Entry): Promise<string[]> {
    const differences: string[] = [];
    const learnt = this.bindings;
    this.bindings = learnt.copy();
    for (const kind of ["check", "diff", "create", "update"] as const) {
      for (const call of entry.preview[kind]) {
        differences.push(...(await this.replayCall(kind, call, `preview ${kind}`)));
      }
    }
    this.bindings = learnt;
    return differences;
  }

  private async replayCall(kind: CallKind, call: Properties, label: string): Promise<string[]> {
    const request = kind === "diff" ? properties(call["request"]) : call;
    const filled = this.bindings.fillAll(request);
    const answer = await this.type.client[kind](this.urn, filled);
    if (call["preview"] !== true && !label.startsWith("preview")) this.remember(kind, filled, answer);
    return this.compare(kind, call, answer).map((difference) => `${label}${difference}`);
  }

  private remember(kind: CallKind, request: Properties, answer: Answer): void {
    const partial = properties(answer["partial"]);
    const found = answer["partial"] === undefined ? answer : partial;
    if (answer["error"] !== undefined && answer["partial"] === undefined) return;
    if (kind === "create") {
      if (answer["partial"] !== undefined) this.bindings.addId(text(partial["id"]));
      const inputs = properties(request["properties"]);
      this.current = { id: text(found["id"]), inputs, state: properties(found["properties"]) };
    } else if (kind === "update") {
      this.current = { ...this.current, inputs: properties(request["news"]), state: properties(found["properties"]) };
    } else if (kind === "read") {
      this.current = { ...this.current, id: text(answer["id"]), state: properties(answer["properties"]) };
    }
  }

  private compare(kind: CallKind, call: Properties, answer: Answer): string[] {
    const recordedError = call["error"];
    if (recordedError !== undefined || answer["error"] !== undefined) return this.compareErrors(recordedError, answer);
    if (kind === "delete") return [];
    if (kind === "create" || kind === "update" || kind === "read") {
      return this.bindings.differences(inNameOrder(properties(call["response"])), inNameOrder(answer));
    }
    const asked = ["olds", "news", "request"];
    const recorded = Object.fromEntries(Object.entries(call).filter(([name]) => !asked.includes(name)));
    return this.bindings.differences(sorted(recorded), sorted(answer));
  }

  private compareErrors(recorded: Value | undefined, answer: Answer): string[] {
    const wanted = text(recorded).replace(/^rpc error: code = Unknown desc = /, "");
    const got = text(answer["error"]);
    const same = this.bindings.matchText(comparable(wanted), comparable(got));
    return same ? [] : [`: recorded error ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`];
  }

  private async replayClean(entry: Entry): Promise<string[]> {
    const { client } = this.type;
    const { id, inputs, state } = this.current;
    const differences: string[] = [];
    if (id === "") return ["there is no such resource: an earlier step went wrong"];
    for (const kind of entry.order) {
      if (kind === "check") {
        const answer = await client.check(this.urn, { olds: inputs, news: withoutDefaults(inputs) });
        differences.push(...this.bindings.differences({ inputs, failures: [] }, answer, "check"));
      } else if (kind === "read") {
        const answer = await client.read(this.urn, { id, inputs, properties: state });
        this.remember("read", {}, answer);
        if (text(answer["id"]) === "") differences.push("read: not found");
      } else if (kind === "diff") {
        const call = { id: this.current.id, oldInputs: inputs, olds: this.current.state, news: inputs };
        const answer = await client.diff(this.urn, call);
        if (answer["changes"] !== "DIFF_NONE") differences.push(`diff: ${JSON.stringify(answer["detailedDiff"])}`);
      } else if (kind === "delete") {
        const answer = await client.delete(this.urn, { id, oldInputs: inputs, properties: state });
        if (answer["error"] !== undefined) differences.push(`delete: ${text(answer["error"])}`);
      }
    }
    return differences;
  }

  private compareMessages(entry: Entry): string[] {
    const wanted = entry.messages.map((message) => message.trimEnd()).sort();
    const got = this.type.client
      .takeMessages(this.urn)
      .map((message) => message.trimEnd())
      .sort();
    return wanted.join("\n") === got.join("\n")
      ? []
      : [`messages: recorded ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`];
  }
}

/** The official plugin lists networks in random order. */
function inNameOrder(answer: Answer): Answer {
  const state = properties(answer["properties"]);
  if (!Array.isArray(state["networkDatas"])) return answer;
  const byName = (left: Value, right: Value) => (networkName(left) < networkName(right) ? -1 : 1);
  return { ...answer, properties: { ...state, networkDatas: [...list(state["networkDatas"])].sort(byName) } };
}

function networkName(data: Value): string {
  return text(properties(data)["networkName"]);
}

/** Lists whose order says nothing, sorted. */
function sorted(answer: Answer): Answer {
  const ordered: Record<string, Value> = { ...answer };
  for (const name of ["diffs", "replaces", "stables"]) {
    ordered[name] &&= list(ordered[name]).map(text).sort();
  }
  return ordered;
}

/** An error without what the machine's surroundings decide. */
function comparable(error: string): string {
  return unordered(error).replace(/(error pulling image \S+: ).*/, "$1");
}

/** The order of standard output and standard error in an error's text is not stable. */
function unordered(error: string): string {
  const [first = "", ...rest] = error.split("\n");
  return first.includes(": running ") ? [first, ...rest.sort()].join("\n") : error;
}

function withoutDefaults(inputs: Properties): Properties {
  const defaults = inputs["__defaults"];
  const filled: readonly Value[] = Array.isArray(defaults) ? defaults : [];
  const given = Object.entries(inputs).filter(([name]) => name !== "__defaults" && !filled.includes(name));
  return Object.fromEntries(given.map(([name, value]) => [name, clean(value)]));
}

function clean(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: Value) => clean(item));
  if (typeof value !== "object" || value === null) return value;
  return withoutDefaults(properties(value));
}
