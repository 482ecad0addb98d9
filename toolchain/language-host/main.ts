/**
 * `pulumi-language-nodejs`: runs the project's program for the Pulumi CLI.
 * Protocol: pulumirpc.LanguageRuntime, as `@pulumi/pulumi` ships it. Called with the engine's address; prints its port.
 */
import {
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type ServerErrorResponse,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import {
  AboutResponse,
  DependencyInfo,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  RunResponse,
  RuntimeOptionsResponse,
  type AboutRequest,
  type GetProgramDependenciesRequest,
  type GetRequiredPackagesRequest,
  type GetRequiredPluginsRequest,
  type InstallDependenciesRequest,
  type LanguageHandshakeRequest,
  type RunRequest,
  type RuntimeOptionsRequest,
} from "@pulumi/pulumi/proto/language_pb.js";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { installPackages } from "./install.ts";
import { packagesOf, providersOf } from "./packages.ts";
import { runProgram, stopProgram } from "./program.ts";

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";

const service = {
  handshake: unary<LanguageHandshakeRequest, LanguageHandshakeResponse>(() => new LanguageHandshakeResponse()),
  getPluginInfo: unary<Empty, PluginInfo>(() => new PluginInfo().setVersion("1.0.0")),
  getRequiredPlugins: unary<GetRequiredPluginsRequest, GetRequiredPluginsResponse>((request) =>
    new GetRequiredPluginsResponse().setPluginsList(
      providersOf(request.getInfo()?.getProgramDirectory() ?? request.getPwd()).map(({ name, version, server }) =>
        new PluginDependency().setName(name).setKind("resource").setVersion(`v${version}`).setServer(server),
      ),
    ),
  ),
  getRequiredPackages: unary<GetRequiredPackagesRequest, GetRequiredPackagesResponse>((request) =>
    new GetRequiredPackagesResponse().setPackagesList(
      providersOf(request.getInfo()?.getProgramDirectory() ?? ".").map(({ name, version, server }) =>
        new PackageDependency().setName(name).setKind("resource").setVersion(`v${version}`).setServer(server),
      ),
    ),
  ),
  run: unary<RunRequest, RunResponse>(async (request) => {
    const ending = await runProgram(request, engineAddress);
    return new RunResponse().setError(ending.error).setBail(ending.bail);
  }),
  installDependencies,
  runtimeOptionsPrompts: unary<RuntimeOptionsRequest, RuntimeOptionsResponse>(() => new RuntimeOptionsResponse()),
  about: unary<AboutRequest, AboutResponse>(() =>
    new AboutResponse().setExecutable(process.execPath).setVersion(process.version),
  ),
  getProgramDependencies: unary<GetProgramDependenciesRequest, GetProgramDependenciesResponse>((request) =>
    new GetProgramDependenciesResponse().setDependenciesList(
      packagesOf(request.getInfo()?.getProgramDirectory() ?? request.getPwd()).map(({ name, version }) =>
        new DependencyInfo().setName(name).setVersion(version),
      ),
    ),
  ),
  cancel: unary<Empty, Empty>(() => {
    stopProgram();
    return new Empty();
  }),
};

function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    new Promise<Response>((resolve) => {
      resolve(answer(call.request));
    }).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(asServiceError(error), null);
      },
    );
  };
}

function installDependencies(
  call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): void {
  installPackages(call.request.getDirectory(), {
    stdout: (data) => call.write(new InstallDependenciesResponse().setStdout(data)),
    stderr: (data) => call.write(new InstallDependenciesResponse().setStderr(data)),
  }).then(
    () => call.end(),
    (error: unknown) => call.emit("error", asServiceError(error)),
  );
}

function asServiceError(error: unknown): Partial<ServerErrorResponse> {
  return { code: status.UNKNOWN, message: error instanceof Error ? error.message : String(error) };
}

function serve(): void {
  // The engine's own limit: a resource's properties may be large.
  const limit = 400 * 1024 * 1024;
  const server = new Server({ "grpc.max_receive_message_length": limit, "grpc.max_send_message_length": limit });
  server.addService(LanguageRuntimeService, service);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}

process.on("exit", stopProgram);
// The engine asks for the end by SIGINT and kills after five seconds.
process.on("SIGINT", () => process.exit(0));
// The engine holds the other end of standard input: its end is the engine's, also when that was killed.
process.stdin.on("end", () => process.exit(0)).resume();
process.on("SIGTERM", () => process.exit(143));
serve();
