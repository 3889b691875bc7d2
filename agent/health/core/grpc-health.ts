// One unary call of grpc.health.v1.Health/Check, as bytes of HTTP/2 (RFC 9113) and gRPC. The answer is found in the first DATA frame; headers are
// not decoded: a failure has no DATA, and that is all a check needs to know.

import { fail, ok, type Result } from "../../base/result.ts";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;
const endHeaders = 4;
const endStream = 1;
const acknowledged = 1;
const padded = 8;
const frameHeader = 9;
const longestFrame = 16_384;

/** What the server says of a service (HealthCheckResponse.ServingStatus). */
export const servingStatuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;

/** The whole request: preface, our settings (no table for compressed headers), the call, and its one message. */
export function healthRequest(service: string, authority: string, secure: boolean): Uint8Array {
  const settings = frameOf(frame.settings, 0, 0, Uint8Array.from([0, 1, 0, 0, 0, 0]));
  const headers = [
    ...field(":method", "POST"),
    ...field(":scheme", secure ? "https" : "http"),
    ...field(":path", "/grpc.health.v1.Health/Check"),
    ...field(":authority", authority),
    ...field("content-type", "application/grpc"),
    ...field("te", "trailers"),
    ...field("user-agent", "vipward"),
  ];
  const name = new TextEncoder().encode(service);
  // HealthCheckRequest: field 1, the service; left out when it is empty.
  const message = name.length === 0 ? [] : [0x0a, name.length, ...name];
  return concatenated([
    new TextEncoder().encode(preface),
    settings,
    frameOf(frame.headers, endHeaders, 1, Uint8Array.from(headers)),
    frameOf(frame.data, endStream, 1, Uint8Array.from([0, 0, 0, 0, message.length, ...message])),
  ]);
}

/** What to do about what the server has sent: bytes to send, and the status once it is known. */
export interface HealthProgress {
  readonly reply: readonly Uint8Array[];
  readonly status?: (typeof servingStatuses)[number] | "none";
}

/** Reads the frames of the answer piece by piece. */
export class HealthAnswer {
  #rest: Uint8Array = new Uint8Array(0);
  #message: Uint8Array = new Uint8Array(0);

  /** Failure: why it is no gRPC, in words. */
  take(bytes: Uint8Array): Result<HealthProgress, string> {
    this.#rest = concatenated([this.#rest, bytes]);
    const reply: Uint8Array[] = [];
    for (;;) {
      if (this.#rest.length < frameHeader) return ok({ reply });
      const view = new DataView(this.#rest.buffer, this.#rest.byteOffset);
      const length = view.getUint32(0) >>> 8;
      const type = view.getUint8(3);
      const flags = view.getUint8(4);
      if (length > longestFrame) return fail("is not HTTP/2");
      if (this.#rest.length < frameHeader + length) return ok({ reply });
      const payload = this.#rest.subarray(frameHeader, frameHeader + length);
      const stream = view.getUint32(5) & 0x7fff_ffff;
      this.#rest = this.#rest.subarray(frameHeader + length);
      if (type === frame.settings && (flags & acknowledged) === 0)
        reply.push(frameOf(frame.settings, acknowledged, 0, new Uint8Array(0)));
      else if (type === frame.ping && (flags & acknowledged) === 0)
        reply.push(frameOf(frame.ping, acknowledged, 0, payload));
      else if (type === frame.goaway) return fail("is a goodbye (GOAWAY)");
      else if (stream === 1) {
        const status = this.#takeOfCall(type, flags, payload);
        if (status !== undefined) return ok({ reply, status });
      }
    }
  }

  #takeOfCall(type: number, flags: number, payload: Uint8Array): HealthProgress["status"] {
    if (type === frame.reset) return "none";
    if (type === frame.data) {
      this.#message = concatenated([this.#message, (flags & padded) === 0 ? payload : unpadded(payload)]);
      const status = statusOf(this.#message);
      if (status !== undefined) return status;
    }
    return (flags & endStream) === 0 ? undefined : "none";
  }
}

/** The status in a message: five bytes of gRPC's, then field 1 as a varint. A message without it has the default, UNKNOWN. */
function statusOf(bytes: Uint8Array): HealthProgress["status"] {
  if (bytes.length < 5) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  if (bytes.length < 5 + length) return undefined;
  return servingStatuses[bytes[5] === 0x08 ? (bytes[6] ?? 0) : 0] ?? "UNKNOWN";
}

function unpadded(payload: Uint8Array): Uint8Array {
  return payload.subarray(1, Math.max(1, payload.length - (payload[0] ?? 0)));
}

function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeader + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length << 8);
  view.setUint8(3, type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  bytes.set(payload, frameHeader);
  return bytes;
}

/** A header field that is not put into any table (RFC 7541, section 6.2.2), without Huffman coding; texts here are shorter than 127 bytes or so. */
function field(name: string, value: string): number[] {
  return [0, ...text(name), ...text(value)];
}

/** A string with its length as a 7-bit prefix integer (RFC 7541, sections 5.1 and 5.2). */
function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  const prefix = bytes.length < 127 ? [bytes.length] : [127, ...varint(bytes.length - 127)];
  return [...prefix, ...bytes];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
