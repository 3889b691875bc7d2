// grpc.reflection, v1 and v1alpha (the same messages): tells grpcurl, buf curl and others what they can call. The descriptors are the bytes
// that buf built, comments included, unchanged.

import { type handleBidiStreamingCall, status } from "@grpc/grpc-js";
import type { DescriptorSet } from "../descriptor-set.ts";
import type {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionServer,
} from "../gen/grpc/reflection/v1/reflection.pb.ts";

/** The handlers of grpc.reflection.v1.ServerReflection. */
export function reflectionService(
  descriptors: () => DescriptorSet,
  services: readonly string[],
): ServerReflectionServer {
  const serverReflectionInfo: handleBidiStreamingCall<ServerReflectionRequest, ServerReflectionResponse> = (call) => {
    call.on("data", (request: ServerReflectionRequest) => call.write(answer(request, descriptors(), services)));
    call.on("end", () => call.end());
  };
  return { serverReflectionInfo };
}

type Answer = ServerReflectionResponse["messageResponse"];

function answer(
  request: ServerReflectionRequest,
  descriptors: DescriptorSet,
  services: readonly string[],
): ServerReflectionResponse {
  return {
    validHost: request.host,
    originalRequest: request,
    messageResponse: messageResponse(request, descriptors, services),
  };
}

function messageResponse(
  { messageRequest: asked }: ServerReflectionRequest,
  descriptors: DescriptorSet,
  services: readonly string[],
): Answer {
  switch (asked?.$case) {
    case "listServices":
      return { $case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case "fileByFilename":
      return files(descriptors.byName(asked.value), asked.value);
    case "fileContainingSymbol":
      return files(descriptors.bySymbol(asked.value), asked.value);
    case "fileContainingExtension":
      return notFound(`${asked.value.containingType} has no extensions`);
    case "allExtensionNumbersOfType":
      return { $case: "allExtensionNumbersResponse", value: { baseTypeName: asked.value, extensionNumber: [] } };
    case undefined:
      return error(status.INVALID_ARGUMENT, "the request asks nothing");
  }
}

function files(found: readonly Uint8Array[] | undefined, name: string): Answer {
  if (found === undefined) return notFound(`${name} is not defined here`);
  return { $case: "fileDescriptorResponse", value: { fileDescriptorProto: found.map((bytes) => Buffer.from(bytes)) } };
}

function notFound(text: string): Answer {
  return error(status.NOT_FOUND, text);
}

function error(errorCode: status, errorMessage: string): Answer {
  return { $case: "errorResponse", value: { errorCode, errorMessage } };
}
