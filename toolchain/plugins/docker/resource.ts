import { PartialFailure, type ResourceState, type ResourceType } from "../shared/plugin.ts";
import { isList, isProperties, type Properties, UNKNOWN, type Value } from "../shared/values.ts";
import { checkAgainst } from "./check.ts";
import { EngineFailure, engineText } from "./engine.ts";
import { planState } from "./plan.ts";
import { diffAgainst } from "./planDiff.ts";
import { blocksOf, textOf } from "./properties.ts";
import { refreshInputs, zeroNulls } from "./refresh.ts";
import { type Field, type Fields, isZero } from "./schema.ts";

const TIMEOUTS =
  '"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}';

/** What one kind of Docker object needs to become a resource type. */
export interface DockerKind {
  readonly fields: Fields;
  /** Version of the official state's schema; undefined when it has none. */
  readonly schemaVersion: string | undefined;
  /** The official resource has timeouts, which it keeps in its state. */
  readonly hasTimeouts: boolean;
  readonly autoName: boolean;
  readonly deleteFirst: boolean;
  /** Makes the object. A refusal after it exists is an Unfinished. */
  create(plan: Properties): Promise<ResourceState>;
  /** What the engine says now; undefined when the object is gone. */
  read(id: string, state: Properties): Promise<ResourceState | undefined>;
  update(id: string, olds: Properties, plan: Properties): Promise<void>;
  delete(id: string, state: Properties): Promise<void>;
}

/** The object exists, but making it failed half way. */
export class Unfinished extends EngineFailure {
  readonly id: string;

  constructor(id: string, failure: EngineFailure) {
    super(failure.message, failure);
    this.name = "Unfinished";
    this.id = id;
  }
}

/** The resource type of one kind of Docker object, with the Terraform bridge's habits. */
export function dockerType(kind: DockerKind): ResourceType {
  const { fields } = kind;
  return {
    check: (request) => checkAgainst(fields, request, kind.autoName),
    diff: (request) => diffAgainst(fields, request, kind.deleteFirst),
    create: async ({ urn, inputs, preview }) => {
      const plan = planState(fields, inputs);
      if (preview) return { id: "", state: { ...plan, id: UNKNOWN, ...previewMeta(kind, plan) } };
      try {
        const { id, state } = await kind.create(plan);
        const complete = { ...unfinishedState(fields, plan), ...state };
        return { id, state: { ...settle(plan, complete), id, ...meta(kind) } };
      } catch (error) {
        throw creationFailure(kind, { urn, inputs, plan }, error);
      }
    },
    read: async ({ id, inputs, state }) => {
      const found = await kind.read(id, state);
      if (found === undefined) return undefined;
      const seen = zeroNulls(fields, { ...state, ...found.state });
      return {
        id: found.id,
        inputs: refreshInputs(fields, inputs, seen),
        state: { ...seen, id: found.id, ...meta(kind) },
      };
    },
    update: async ({ urn, id, olds, news, preview }) => {
      const plan = planState(fields, news, olds);
      if (preview) return { ...olds, ...plan, id, ...previewMeta(kind, {}) };
      const state = { ...olds, ...withoutNulls(fields, olds, plan), id };
      try {
        await kind.update(id, olds, plan);
      } catch (error) {
        const message = `updating ${urn}: ${text(error)}`;
        throw new PartialFailure(message, { id, inputs: news, state: { ...state, ...meta(kind) } }, [message]);
      }
      return { ...state, ...meta(kind) };
    },
    delete: async ({ urn, id, state }) => {
      try {
        await kind.delete(id, state);
      } catch (error) {
        throw new Error(`deleting ${urn}: ${text(error)}`, { cause: error });
      }
    },
  };
}

function text(error: unknown): string {
  return `1 error occurred:\n\t* ${error instanceof EngineFailure ? error.message : engineText(error)}\n\n`;
}

function creationFailure(
  kind: DockerKind,
  { urn, inputs, plan }: { urn: string; inputs: Properties; plan: Properties },
  error: unknown,
): Error {
  if (!(error instanceof Unfinished)) return new Error(text(error), { cause: error });
  const message = `creating ${urn}: ${text(error)}`;
  const state = { ...settle(plan, unfinishedState(kind.fields, plan)), id: error.id, ...meta(kind) };
  return new PartialFailure(message, { id: error.id, inputs, state }, [message]);
}

/** What nobody has read back is empty. */
function unfinishedState(fields: Fields, plan: Properties): Properties {
  const state: Record<string, Value> = {};
  for (const [name, value] of Object.entries(plan)) {
    if (value === UNKNOWN) state[name] = fields[name]?.kind === "set" ? [] : null;
  }
  return state;
}

/** A plan completed by what was found; inside a property, empty and zero do not count where the plan has nothing. */
function settle(plan: Properties, found: Properties): Properties {
  const state: Record<string, Value> = { ...plan };
  for (const [name, value] of Object.entries(found)) {
    const collection = typeof value === "object" && isZero(value);
    state[name] = collection && plan[name] === null ? null : settleInside(plan[name] ?? null, value);
  }
  return state;
}

function settleInside(plan: Value, found: Value): Value {
  if (isList(plan) && isList(found) && plan.length === found.length) {
    return found.map((item, index) => settleMembers(plan[index] ?? null, item));
  }
  return settleMembers(plan, found);
}

function settleMembers(plan: Value, found: Value): Value {
  if (!isProperties(plan) || !isProperties(found)) return found;
  const members: Record<string, Value> = { ...plan };
  for (const [name, value] of Object.entries(found)) {
    members[name] = isZero(value) && plan[name] === null ? null : value;
  }
  return members;
}

/** Scalars that are no longer set become zero, as Terraform's older SDK has it. */
function withoutNulls(fields: Fields, olds: Properties, plan: Properties): Properties {
  const state: Record<string, Value> = {};
  for (const [name, value] of Object.entries(plan)) {
    const lost = value === null && olds[name] !== null && olds[name] !== undefined;
    state[name] = lost ? zeroOf(fields[name]) : value;
  }
  return state;
}

function zeroOf(field: Field | undefined): Value {
  if (field?.kind === "number") return 0;
  if (field?.kind === "text") return "";
  return field?.kind === "flag" ? false : null;
}

function meta({ hasTimeouts, schemaVersion }: DockerKind): Properties {
  const parts = [];
  if (hasTimeouts) parts.push(TIMEOUTS);
  if (schemaVersion !== undefined) parts.push(`"schema_version":"${schemaVersion}"`);
  return { __meta: `{${parts.join(",")}}` };
}

/** Previews of the official plugin carry the addresses of ports along. */
function previewMeta({ hasTimeouts }: DockerKind, plan: Properties): Properties {
  if (!hasTimeouts) return {};
  const shim = blocksOf(plan, "ports").map((port, index) => [`ports.${index}.ip`, textOf(port, "ip")] as const);
  return { __meta: `{"_new_extra_shim":${JSON.stringify(Object.fromEntries(shim))},${TIMEOUTS}}` };
}
