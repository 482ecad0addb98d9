import type { Properties } from "./values.ts";

/** What the engine says it wants checked; `olds` are the inputs of the last deployment. */
export interface CheckRequest {
  readonly urn: string;
  readonly olds: Properties;
  readonly news: Properties;
}

/** One refused input; without a property it is about the resource as a whole. */
export interface CheckFailure {
  readonly property?: string;
  readonly reason: string;
}

/** The inputs with defaults and secret marks filled in, or what is wrong with them. */
export interface CheckAnswer {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/** Old inputs, old state and new inputs of a resource. */
export interface DiffRequest {
  readonly urn: string;
  readonly id: string;
  readonly oldInputs: Properties;
  readonly olds: Properties;
  readonly news: Properties;
  readonly ignoreChanges: readonly string[];
}

/** Kind of one changed path, as in pulumirpc.PropertyDiff.Kind. */
export type ChangeKind = "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";

/** What differs and what it takes to reach the new inputs. */
export interface DiffAnswer {
  readonly changed: boolean;
  readonly replaces: readonly string[];
  readonly diffs: readonly string[];
  readonly stables: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly detailedDiff: Readonly<Record<string, ChangeKind>>;
}

/** A new resource. `preview`: nothing may be touched. `timeoutSeconds`: 0 when the user set none. */
export interface CreateRequest {
  readonly urn: string;
  readonly inputs: Properties;
  readonly preview: boolean;
  readonly timeoutSeconds: number;
}

/** Id and state of a resource. */
export interface ResourceState {
  readonly id: string;
  readonly state: Properties;
}

/** A resource that is read back; undefined state in the answer means that it is gone. */
export interface ReadRequest {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

/** What was found. */
export interface ReadAnswer extends ResourceState {
  readonly inputs: Properties;
}

/** A change in place. */
export interface UpdateRequest extends DiffRequest {
  readonly preview: boolean;
  readonly timeoutSeconds: number;
}

/** A resource that goes away. */
export interface DeleteRequest {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
  readonly timeoutSeconds: number;
}

/** Where a plugin's messages for the user go. `ephemeral`: shown while running, not kept. */
export interface MessageSink {
  log(severity: "info" | "warning" | "error", urn: string, message: string, ephemeral?: boolean): void;
}

/** One resource type. Every method may throw: the message reaches the user as it is. */
export interface ResourceType {
  check(request: CheckRequest, messages: MessageSink): CheckAnswer;
  diff(request: DiffRequest): DiffAnswer | Promise<DiffAnswer>;
  create(request: CreateRequest, messages: MessageSink): Promise<ResourceState>;
  read(request: ReadRequest): Promise<ReadAnswer | undefined>;
  update(request: UpdateRequest, messages: MessageSink): Promise<Properties>;
  delete(request: DeleteRequest, messages: MessageSink): Promise<void>;
}

/** A plugin: its name and version, what its Configure answers, and its resource types by token. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
  readonly accepts: {
    readonly secrets: boolean;
    readonly outputs: boolean;
    readonly resources: boolean;
  };
  readonly types: Readonly<Record<string, ResourceType>>;
  /** Ends what the plugin still runs outside itself: the engine cancels, or is gone. */
  readonly stop?: () => void;
}

/** The resource exists but is not complete: the engine keeps this state and tries again at the next run. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly state: Properties;
  readonly inputs: Properties;
  readonly reasons: readonly string[];

  constructor(message: string, found: ReadAnswer, reasons: readonly string[]) {
    super(message);
    this.name = "PartialFailure";
    this.id = found.id;
    this.state = found.state;
    this.inputs = found.inputs;
    this.reasons = reasons;
  }
}

/** The name of a resource: the last part of its URN. */
export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
