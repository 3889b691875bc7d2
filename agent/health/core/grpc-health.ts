// One unary call of grpc.health.v1.Health/Check, as bytes of HTTP/2 (RFC 9113) and gRPC. The answer is found in the first DATA frame; headers are
// not decoded: a failure has no DATA, and that is all a check needs to know.

import { fail, ok, type Result } from "../../base/result.ts";
import { headerBlock } from "./header-block.ts";
import {
  connectionPreface,
  contentOf,
  type Frame,
  FrameReader,
  frameFlags,
  frameOf,
  frameTypes,
  joined,
} from "./http2-frames.ts";

/** What the server says of a service (HealthCheckResponse.ServingStatus). */
export const servingStatuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;

/** The whole request: preface, our settings (no table for compressed headers), the call, and its one message. */
export function healthRequest(service: string, authority: string, secure: boolean): Uint8Array {
  const headers = headerBlock([
    [":method", "POST"],
    [":scheme", secure ? "https" : "http"],
    [":path", "/grpc.health.v1.Health/Check"],
    [":authority", authority],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ["user-agent", "vipward"],
  ]);
  const name = new TextEncoder().encode(service);
  // HealthCheckRequest: field 1, the service; left out when it is empty.
  const message = name.length === 0 ? [] : [0x0a, name.length, ...name];
  return joined([
    connectionPreface(),
    frameOf(frameTypes.headers, frameFlags.endHeaders, 1, headers),
    frameOf(frameTypes.data, frameFlags.endStream, 1, Uint8Array.from([0, 0, 0, 0, message.length, ...message])),
  ]);
}

/** What to do about what the server has sent: bytes to send, and the status once it is known. */
export interface HealthProgress {
  readonly reply: readonly Uint8Array[];
  readonly status?: (typeof servingStatuses)[number] | "none";
}

/** Reads the frames of the answer piece by piece. */
export class HealthAnswer {
  readonly #reader = new FrameReader();
  #message: Uint8Array = new Uint8Array(0);

  /** Failure: why it is no gRPC, in words. */
  take(bytes: Uint8Array): Result<HealthProgress, string> {
    const taken = this.#reader.take(bytes);
    if (!taken.ok) return fail(taken.error);
    const { frames, reply } = taken.value;
    for (const frame of frames) {
      const status = this.#takeOfCall(frame);
      if (status !== undefined) return ok({ reply, status });
    }
    return ok({ reply });
  }

  #takeOfCall(frame: Frame): HealthProgress["status"] {
    if (frame.type === frameTypes.reset) return "none";
    if (frame.type === frameTypes.data) {
      this.#message = joined([this.#message, contentOf(frame)]);
      const status = statusOf(this.#message);
      if (status !== undefined) return status;
    }
    const mayEnd = frame.type === frameTypes.data || frame.type === frameTypes.headers;
    return mayEnd && (frame.flags & frameFlags.endStream) !== 0 ? "none" : undefined;
  }
}

/** The status in a message: five bytes of gRPC's, then field 1 as a varint. A message without it has the default, UNKNOWN. */
function statusOf(bytes: Uint8Array): HealthProgress["status"] {
  if (bytes.length < 5) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  if (bytes.length < 5 + length) return undefined;
  return servingStatuses[bytes[5] === 0x08 ? (bytes[6] ?? 0) : 0] ?? "UNKNOWN";
}
