import { Metadata, status } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import { PartialFailure } from "./plugin.ts";
import { toStruct } from "./values.ts";

/** The gRPC form of an error; a partial failure carries the state that must be kept. */
export function failure(error: unknown): { code: status; details: string; metadata: Metadata } {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new Metadata();
  if (error instanceof PartialFailure) {
    const detail = new messages.ErrorResourceInitFailed().setId(error.id).setReasonsList([...error.reasons]);
    detail.setProperties(toStruct(error.state));
    detail.setInputs(toStruct(error.inputs));
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const rich = new statusMessages.Status();
    rich.setCode(status.UNKNOWN);
    rich.setMessage(message);
    rich.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
  }
  return { code: status.UNKNOWN, details: message, metadata };
}
