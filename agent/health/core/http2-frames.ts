// The frames of HTTP/2 (RFC 9113, section 4), as far as one request on one connection needs them.

import { fail, ok, type Result } from "../../base/result.ts";

/** Types of frames (RFC 9113, section 6). */
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames; a bit means other things on other types. */
export const frameFlags = { acknowledged: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** A frame that was read. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const headerLength = 9;
/** What a peer may send unless it is told otherwise (SETTINGS_MAX_FRAME_SIZE). */
const longestFrame = 16_384;
/** Everything at once: a check reads to the end (section 6.9.2). */
const widestWindow = 0x7fff_ffff;
const settingIds = { headerTableSize: 1, initialWindowSize: 4 } as const;

/** How a connection begins: no table for compressed headers, and no waiting for windows. */
export function connectionPreface(): Uint8Array {
  const settings = [
    ...[0, settingIds.headerTableSize, 0, 0, 0, 0],
    ...[0, settingIds.initialWindowSize, ...uint32(widestWindow)],
  ];
  return joined([
    new TextEncoder().encode(preface),
    frameOf(frameTypes.settings, 0, 0, Uint8Array.from(settings)),
    frameOf(frameTypes.windowUpdate, 0, 0, Uint8Array.from(uint32(widestWindow - 65_535))),
  ]);
}

/** A frame as bytes. */
export function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerLength + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length << 8);
  view.setUint8(3, type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  bytes.set(payload, headerLength);
  return bytes;
}

/** What came of some bytes: frames for the reader, and bytes to send. */
export interface Taken {
  readonly frames: readonly Frame[];
  readonly reply: readonly Uint8Array[];
}

/** Takes what a server sends apart. What the connection itself needs is answered: settings and pings. */
export class FrameReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** Failure: why it is not HTTP/2, or that the server takes its leave. */
  take(bytes: Uint8Array): Result<Taken, string> {
    this.#rest = this.#rest.length === 0 ? bytes : joined([this.#rest, bytes]);
    const frames: Frame[] = [];
    const reply: Uint8Array[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === "malformed") return fail("is not HTTP/2");
      if (frame === undefined) break;
      const isAnswer = (frame.flags & frameFlags.acknowledged) !== 0;
      if (frame.type === frameTypes.settings) {
        if (!isAnswer) reply.push(frameOf(frameTypes.settings, frameFlags.acknowledged, 0, new Uint8Array(0)));
      } else if (frame.type === frameTypes.ping) {
        if (!isAnswer) reply.push(frameOf(frameTypes.ping, frameFlags.acknowledged, 0, frame.payload));
      } else if (frame.type === frameTypes.goaway && lastStream(frame.payload) < 1)
        return fail("is a goodbye (GOAWAY)");
      else if (frame.stream === 1) frames.push(frame);
    }
    // The bytes belong to whoever gave them: what is kept is copied.
    this.#rest = Uint8Array.from(this.#rest);
    return ok({ frames, reply });
  }

  #next(): Frame | "malformed" | undefined {
    const rest = this.#rest;
    if (rest.length < headerLength) return undefined;
    const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
    const length = view.getUint32(0) >>> 8;
    if (length > longestFrame) return "malformed";
    if (rest.length < headerLength + length) return undefined;
    this.#rest = rest.subarray(headerLength + length);
    const payload = rest.subarray(headerLength, headerLength + length);
    return { type: view.getUint8(3), flags: view.getUint8(4), stream: view.getUint32(5) & 0x7fff_ffff, payload };
  }
}

/** The content of a DATA or HEADERS frame, without padding and priority (sections 6.1 and 6.2). */
export function contentOf({ type, flags, payload }: Frame): Uint8Array {
  const isPadded = (flags & frameFlags.padded) !== 0;
  const start = (isPadded ? 1 : 0) + (type === frameTypes.headers && (flags & frameFlags.priority) !== 0 ? 5 : 0);
  return payload.subarray(start, Math.max(start, payload.length - (isPadded ? (payload[0] ?? 0) : 0)));
}

/** The last stream that the server has seen to: ours, the first one, may still be answered after a goodbye (section 6.8). */
function lastStream(payload: Uint8Array): number {
  return payload.length < 4 ? 0 : new DataView(payload.buffer, payload.byteOffset).getUint32(0) & 0x7fff_ffff;
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Bytes one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
