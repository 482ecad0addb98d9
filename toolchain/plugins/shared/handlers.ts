import { type handleUnaryCall, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { failure } from "./failure.ts";
import type { DiffAnswer, MessageSink, Plugin, ResourceType } from "./plugin.ts";
import { fromStruct, toStruct } from "./values.ts";

/** Messages that can be waited for. */
export type Flushable = MessageSink & { flush(): Promise<void> };

/** The gRPC service of a plugin; what it does not serve is answered as unimplemented. */
export function handlers(plugin: Plugin, sink: Flushable): UntypedServiceImplementation {
  return {
    ...configurationHandlers(plugin),
    check: unary(sink, (request: messages.CheckRequest) => check(typeOf(plugin, request.getUrn()), request, sink)),
    diff: unary(sink, (request: messages.DiffRequest) => diff(typeOf(plugin, request.getUrn()), request)),
    create: unary(sink, async (request: messages.CreateRequest) => {
      const created = await typeOf(plugin, request.getUrn()).create(
        {
          urn: request.getUrn(),
          inputs: fromStruct(request.getProperties()),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout(),
        },
        sink,
      );
      return new messages.CreateResponse().setId(created.id).setProperties(toStruct(created.state));
    }),
    read: unary(sink, (request: messages.ReadRequest) => read(typeOf(plugin, request.getUrn()), request)),
    update: unary(sink, async (request: messages.UpdateRequest) => {
      const state = await typeOf(plugin, request.getUrn()).update(
        { ...changeOf(request), preview: request.getPreview(), timeoutSeconds: request.getTimeout() },
        sink,
      );
      const response = new messages.UpdateResponse();
      response.setProperties(toStruct(state));
      return response;
    }),
    delete: unary(sink, async (request: messages.DeleteRequest) => {
      await typeOf(plugin, request.getUrn()).delete(
        {
          urn: request.getUrn(),
          id: request.getId(),
          inputs: fromStruct(request.getOldInputs()),
          state: fromStruct(request.getProperties()),
          timeoutSeconds: request.getTimeout(),
        },
        sink,
      );
      return new Empty();
    }),
  };
}

function configurationHandlers(plugin: Plugin): UntypedServiceImplementation {
  return {
    getPluginInfo: unary(undefined, () => new pluginMessages.PluginInfo().setVersion(plugin.version)),
    checkConfig: unary(undefined, (request: messages.CheckRequest) => {
      refuseConfiguration(plugin, Object.keys(fromStruct(request.getNews())));
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(undefined, () =>
      new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE),
    ),
    configure: unary(undefined, () =>
      new messages.ConfigureResponse()
        .setAcceptsecrets(plugin.accepts.secrets)
        .setAcceptoutputs(plugin.accepts.outputs)
        .setAcceptresources(plugin.accepts.resources)
        .setSupportspreview(true),
    ),
    cancel: unary(undefined, () => {
      plugin.stop?.();
      return new Empty();
    }),
    attach: unary(undefined, () => new Empty()),
  };
}

/** The engine's own settings of a provider pass; any other would be ignored without a word. */
function refuseConfiguration({ name }: Plugin, given: readonly string[]): void {
  const unknown = given.filter((setting) => !["version", "pluginDownloadURL"].includes(setting));
  if (unknown.length === 0) return;
  throw new Error(
    `the stand-in for ${name} does not support provider setting ${unknown.join(", ")}; use the official plugin`,
  );
}

function typeOf(plugin: Plugin, urn: string): ResourceType {
  const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const type = plugin.types[token];
  if (type === undefined) {
    const known = Object.keys(plugin.types).join(", ");
    throw new Error(
      `the stand-in for ${plugin.name} does not have type ${token}, only ${known}; use the official plugin`,
    );
  }
  return type;
}

function check(type: ResourceType, request: messages.CheckRequest, sink: MessageSink): messages.CheckResponse {
  const answer = type.check(
    {
      urn: request.getUrn(),
      olds: fromStruct(request.getOlds()),
      news: fromStruct(request.getNews()),
    },
    sink,
  );
  const response = new messages.CheckResponse();
  response.setInputs(toStruct(answer.inputs));
  response.setFailuresList(
    answer.failures.map(({ property, reason }) =>
      new messages.CheckFailure().setProperty(property ?? "").setReason(reason),
    ),
  );
  return response;
}

function changeOf(request: messages.DiffRequest | messages.UpdateRequest) {
  return {
    urn: request.getUrn(),
    id: request.getId(),
    oldInputs: fromStruct(request.getOldInputs()),
    olds: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

async function diff(type: ResourceType, request: messages.DiffRequest): Promise<messages.DiffResponse> {
  return diffResponse(await type.diff(changeOf(request)));
}

function diffResponse(answer: DiffAnswer): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(answer.changed ? DIFF_SOME : DIFF_NONE)
    .setReplacesList([...answer.replaces])
    .setDiffsList([...answer.diffs])
    .setStablesList([...answer.stables])
    .setDeletebeforereplace(answer.deleteBeforeReplace);
  const detailed = response.getDetaileddiffMap();
  for (const [path, kind] of Object.entries(answer.detailedDiff)) {
    detailed.set(path, new messages.PropertyDiff().setKind(messages.PropertyDiff.Kind[kind]));
  }
  return response.setHasdetaileddiff(detailed.getLength() > 0);
}

async function read(type: ResourceType, request: messages.ReadRequest): Promise<messages.ReadResponse> {
  const found = await type.read({
    urn: request.getUrn(),
    id: request.getId(),
    inputs: fromStruct(request.getInputs()),
    state: fromStruct(request.getProperties()),
  });
  const response = new messages.ReadResponse();
  if (found === undefined) return response;
  response.setId(found.id);
  response.setInputs(toStruct(found.inputs));
  response.setProperties(toStruct(found.state));
  return response;
}

function unary<Request, Response>(
  sink: Flushable | undefined,
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const answer = async () => {
      try {
        return await handle(call.request);
      } finally {
        await sink?.flush();
      }
    };
    answer().then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(failure(error));
      },
    );
  };
}
