import { asReplacement, compareProperties, rootOf } from "../shared/diff.ts";
import { uniqueName } from "../shared/names.ts";
import type { CheckFailure, ChangeKind, DiffAnswer, DiffRequest, MessageSink, ResourceType } from "../shared/plugin.ts";
import { resourceName } from "../shared/plugin.ts";
import { completeAssets, equal, hasAsset, hasUnknown, type Properties, UNKNOWN, type Value } from "../shared/values.ts";
import { type CommandInputs, readInputs, text } from "./inputs.ts";
import { type CommandCall, CommandOutput, type CommandResult } from "./run.ts";

/** Where commands run: on this machine, or behind an SSH connection. */
export interface Runner {
  /** Refusals and the inputs with their secrets marked. */
  check(news: Properties): { readonly inputs: Properties; readonly failures: readonly CheckFailure[] };
  /** Runs to the end; throws why it could not start, or answers how it failed. */
  run(call: CommandCall, inputs: Properties, report: Report): Promise<string | undefined>;
}

/** How a runner talks to the user while it works. */
export type Report = (severity: "info" | "warning" | "error", message: string, ephemeral?: boolean) => void;

/** The resource type Command on a runner: create, update and delete are commands, and nothing is read back. */
export function commandType(runner: Runner): ResourceType {
  return {
    check: ({ news }) => runner.check(completeAssets(news)),
    diff,
    create: async ({ urn, inputs, preview }, messages) => {
      const id = uniqueName(resourceName(urn), "", 8);
      if (preview) return { id, state: { ...previewInputs(inputs), stdout: UNKNOWN, stderr: UNKNOWN } };
      const result = await runStep(runner, readInputs(inputs).create, { urn, inputs, olds: {}, messages });
      return { id, state: { ...completeAssets(inputs), ...result } };
    },
    read: ({ id, inputs, state }) => Promise.resolve({ id, inputs, state }),
    update: async (request, messages) => {
      const { urn, news, olds, preview } = request;
      if (preview) return { ...previewInputs(news), ...previewOutputs(request) };
      const { update, create } = readInputs(news);
      return {
        ...completeAssets(news),
        ...(await runStep(runner, update ?? create, { urn, inputs: news, olds, messages })),
      };
    },
    delete: async ({ urn, state }, messages) => {
      await runStep(runner, readInputs(state).delete, { urn, inputs: state, olds: state, messages });
    },
  };
}

interface Step {
  readonly urn: string;
  readonly inputs: Properties;
  readonly olds: Properties;
  readonly messages: MessageSink;
}

async function runStep(runner: Runner, command: string | undefined, step: Step): Promise<Properties> {
  if (command === undefined) return { stdout: "", stderr: "" };
  const { urn, inputs, messages } = step;
  const settings = readInputs(inputs);
  const output = new CommandOutput(settings.logging, urn, messages);
  const call: CommandCall = {
    command,
    stdin: settings.stdin,
    environment: settings.environment,
    previous: settings.addPreviousOutputInEnv ? previousOutput(step.olds) : {},
    onOutput: (stream, chunk) => {
      output.add(stream, chunk);
    },
  };
  const failure = await runner.run(call, inputs, (severity, message, ephemeral) => {
    messages.log(severity, urn, message, ephemeral);
  });
  const result: CommandResult = output.finish();
  if (failure !== undefined) throw output.failure(failure, command);
  return { ...result };
}

function previousOutput(olds: Properties): CommandInputs["environment"] {
  const variables: Record<string, string> = {};
  for (const [name, property] of [
    ["PULUMI_COMMAND_STDOUT", "stdout"],
    ["PULUMI_COMMAND_STDERR", "stderr"],
  ] as const) {
    const value = text(olds[property]);
    if (value !== undefined && value !== "") variables[name] = value;
  }
  return variables;
}

function diff({ oldInputs, news }: DiffRequest): DiffAnswer {
  const detailedDiff: Record<string, ChangeKind> = {};
  const changes = compareProperties(oldInputs, news);
  const replaced = changes["triggers"];
  for (const [path, kind] of Object.entries(changes)) detailedDiff[path] = kind;
  if (replaced !== undefined) detailedDiff["triggers"] = asReplacement(replaced);
  return {
    changed: Object.keys(changes).length > 0,
    replaces: replaced === undefined ? [] : ["triggers"],
    diffs: [...new Set(Object.keys(changes).map(rootOf))],
    stables: [],
    deleteBeforeReplace: false,
    detailedDiff,
  };
}

/** A preview does not look into assets. */
function previewInputs(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, hasAsset(value) ? UNKNOWN : value]));
}

/** Outputs stay known in a preview when no input that was there before changes (an added one does not count). */
function previewOutputs({ oldInputs, olds, news }: DiffRequest): Record<string, Value> {
  const changed = Object.entries(oldInputs).some(([name, value]) => !equal(value, news[name]));
  const known = !changed && !Object.values(news).some(hasUnknown);
  return known ? { stdout: olds["stdout"] ?? "", stderr: olds["stderr"] ?? "" } : { stdout: UNKNOWN, stderr: UNKNOWN };
}
