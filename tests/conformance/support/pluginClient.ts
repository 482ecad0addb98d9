import { credentials, type ServiceError } from "@grpc/grpc-js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import type { MessageSink, Plugin } from "../../../toolchain/plugins/shared/plugin.ts";
import { startServer } from "../../../toolchain/plugins/shared/server.ts";
import { fromStruct, type Properties, toStruct, type Value } from "../../../toolchain/plugins/shared/values.ts";
import { list, properties, text } from "./recordings.ts";

/** An answer in the recordings' form: `error` instead of the rest when the call failed. */
export type Answer = Properties;

/** A plugin behind gRPC, called as the engine calls it. */
export class PluginClient {
  private readonly client: InstanceType<typeof providerServices.ResourceProviderClient>;
  private readonly logged: { urn: string; message: string }[];
  private readonly stopServer: () => void;

  private constructor(port: number, logged: { urn: string; message: string }[], stopServer: () => void) {
    this.client = new providerServices.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    this.logged = logged;
    this.stopServer = stopServer;
  }

  /** Serves the plugin in this process. */
  static async start(plugin: Plugin): Promise<PluginClient> {
    const logged: { urn: string; message: string }[] = [];
    const sink: MessageSink & { flush(): Promise<void> } = {
      log: (severity, urn, message) => {
        if (severity !== "error") logged.push({ urn, message });
      },
      flush: () => Promise.resolve(),
    };
    const server = await startServer(plugin, sink);
    return new PluginClient(server.port, logged, () => {
      server.stop();
    });
  }

  /** Ends the server. */
  stop(): void {
    this.client.close();
    this.stopServer();
  }

  /** The messages for a resource since the last time. */
  takeMessages(urn: string): string[] {
    const taken = this.logged.filter((item) => item.urn === urn).map(({ message }) => message);
    this.logged.splice(0, this.logged.length, ...this.logged.filter((item) => item.urn !== urn));
    return taken;
  }

  async check(urn: string, call: Properties): Promise<Answer> {
    const request = new messages.CheckRequest().setUrn(urn);
    request.setOlds(toStruct(properties(call["olds"])));
    request.setNews(toStruct(properties(call["news"])));
    return await this.answer<messages.CheckResponse>(
      (done) => this.client.check(request, done),
      (response) => ({
        inputs: fromStruct(response.getInputs()),
        failures: response.getFailuresList().map((failure) => {
          const property = failure.getProperty();
          return { ...(property !== "" && { property }), reason: failure.getReason() };
        }),
      }),
    );
  }

  async diff(urn: string, call: Properties): Promise<Answer> {
    const request = new messages.DiffRequest().setUrn(urn).setId(text(call["id"]));
    request.setOldInputs(toStruct(properties(call["oldInputs"])));
    request.setOlds(toStruct(properties(call["olds"])));
    request.setNews(toStruct(properties(call["news"])));
    request.setIgnorechangesList(list(call["ignoreChanges"]).map(text));
    return await this.answer<messages.DiffResponse>((done) => this.client.diff(request, done), readDiff);
  }

  async create(urn: string, call: Properties): Promise<Answer> {
    const request = new messages.CreateRequest().setUrn(urn).setPreview(call["preview"] === true);
    request.setProperties(toStruct(properties(call["properties"])));
    return await this.answer<messages.CreateResponse>(
      (done) => this.client.create(request, done),
      (response) => {
        const id = response.getId();
        return { ...(id !== "" && { id }), properties: fromStruct(response.getProperties()) };
      },
    );
  }

  async update(urn: string, call: Properties): Promise<Answer> {
    const request = new messages.UpdateRequest()
      .setUrn(urn)
      .setId(text(call["id"]))
      .setPreview(call["preview"] === true);
    request.setOldInputs(toStruct(properties(call["oldInputs"])));
    request.setOlds(toStruct(properties(call["olds"])));
    request.setNews(toStruct(properties(call["news"])));
    return await this.answer<messages.UpdateResponse>(
      (done) => this.client.update(request, done),
      (response) => ({ properties: fromStruct(response.getProperties()) }),
    );
  }

  async read(urn: string, call: Properties): Promise<Answer> {
    const request = new messages.ReadRequest().setUrn(urn).setId(text(call["id"]));
    request.setInputs(toStruct(properties(call["inputs"])));
    request.setProperties(toStruct(properties(call["properties"])));
    return await this.answer<messages.ReadResponse>(
      (done) => this.client.read(request, done),
      (response) => {
        if (response.getId() === "") return { id: "" };
        const [inputs, state] = [fromStruct(response.getInputs()), fromStruct(response.getProperties())];
        return { id: response.getId(), inputs, properties: state };
      },
    );
  }

  async delete(urn: string, call: Properties): Promise<Answer> {
    const request = new messages.DeleteRequest().setUrn(urn).setId(text(call["id"]));
    request.setOldInputs(toStruct(properties(call["oldInputs"])));
    request.setProperties(toStruct(properties(call["properties"])));
    return await this.answer<object>(
      (done) => this.client.delete(request, done),
      () => ({}),
    );
  }

  private async answer<Response>(
    call: (done: (error: ServiceError | null, response: Response) => void) => unknown,
    read: (response: Response) => Answer,
  ): Promise<Answer> {
    return await new Promise((resolve) => {
      call((error, response) => {
        resolve(error === null ? read(response) : { error: error.details, ...partialState(error) });
      });
    });
  }
}

/** Id and state of a resource that was made half way. */
function partialState(error: ServiceError): Properties {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!(details instanceof Buffer)) return {};
  const start = details.indexOf("pulumirpc.ErrorResourceInitFailed");
  if (start === -1) return {};
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(anyValue(details));
  const reasons: Value = failed.getReasonsList();
  return { partial: { id: failed.getId(), properties: fromStruct(failed.getProperties()), reasons } };
}

function anyValue(details: Buffer): Uint8Array {
  const [detail] = statusMessages.Status.deserializeBinary(details).getDetailsList();
  return detail?.getValue_asU8() ?? new Uint8Array();
}

function readDiff(response: messages.DiffResponse): Answer {
  const detailed: Record<string, Value> = {};
  response.getDetaileddiffMap().forEach((change, path) => {
    const kind = Object.entries(messages.PropertyDiff.Kind).find(([, value]) => value === change.getKind());
    detailed[path] = { kind: kind?.[0] ?? "" };
  });
  const some = response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
  return {
    changes: some ? "DIFF_SOME" : "DIFF_NONE",
    replaces: response.getReplacesList(),
    diffs: response.getDiffsList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    detailedDiff: detailed,
    stables: response.getStablesList(),
  };
}
