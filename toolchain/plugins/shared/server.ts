import { Server, ServerCredentials } from "@grpc/grpc-js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { engineMessagesAt } from "./engine.ts";
import { type Flushable, handlers } from "./handlers.ts";
import type { Plugin } from "./plugin.ts";

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Serves the plugin as the engine expects it: the port on standard output, the engine's address as last argument.
 */
export async function servePlugin(plugin: Plugin): Promise<void> {
  const address = process.argv.at(-1) ?? "";
  const { port } = await startServer(plugin, engineMessagesAt(address));
  process.stdout.write(`${port}\n`);
  const end = () => {
    plugin.stop?.();
    process.exit(0);
  };
  // The engine asks a plugin to end by SIGINT and kills it after five seconds.
  process.on("SIGINT", end);
  // The engine holds the other end of standard input: its end is the engine's, also when that was killed.
  process.stdin.on("end", end).resume();
}

/** A running server of the plugin on a free loopback port. */
export async function startServer(plugin: Plugin, sink: Flushable): Promise<{ port: number; stop(): void }> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(providerServices.ResourceProviderService, handlers(plugin, sink));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    stop: () => {
      server.forceShutdown();
    },
  };
}
