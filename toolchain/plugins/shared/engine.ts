import { credentials } from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import type { MessageSink } from "./plugin.ts";

const SEVERITY = {
  info: engineMessages.LogSeverity.INFO,
  warning: engineMessages.LogSeverity.WARNING,
  error: engineMessages.LogSeverity.ERROR,
} as const;

/**
 * Messages shown by the engine at the given address, in the order in which they were logged.
 *
 * Lost messages are not an error: the engine may be gone while a command still writes.
 */
export function engineMessagesAt(address: string): MessageSink & { flush(): Promise<void> } {
  const client = new engineServices.EngineClient(address, credentials.createInsecure());
  let last = Promise.resolve();
  return {
    log(severity, urn, message, ephemeral = false) {
      const request = new engineMessages.LogRequest();
      request.setSeverity(SEVERITY[severity]);
      request.setUrn(urn);
      request.setMessage(message);
      request.setEphemeral(ephemeral);
      last = last.then(
        () =>
          new Promise((resolve) => {
            client.log(request, () => {
              resolve();
            });
          }),
      );
    },
    flush: () => last,
  };
}
