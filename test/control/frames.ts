// HTTP/2 frames written by hand (RFC 9113), for clients that no library would be.

import { connect, type Socket } from "node:net";

/** What every client begins with (RFC 9113, section 3.4). */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Types of frames (RFC 9113, section 6). */
export const type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

/** Flags: END_STREAM and ACK are the same bit. */
export const flag = { endStream: 1, endHeaders: 4 } as const;

/** One frame. */
export function frame(kind: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(kind, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The preface with empty settings. */
export const greeting = Buffer.concat([preface, frame(type.settings, 0, 0)]);

/** A header that is not indexed (RFC 7541, section 6.2.2), without Huffman coding. */
export function header(name: string, value: string): Buffer {
  const text = (words: string) => Buffer.concat([integer(Buffer.byteLength(words)), Buffer.from(words)]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** A number with a prefix of 7 bits (RFC 7541, section 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The headers of a call of GetInfo, with more of them. */
export function callHeaders(...more: readonly Buffer[]): Buffer {
  const usual = {
    ":method": "POST",
    ":scheme": "http",
    ":path": "/vipward.v1.AgentService/GetInfo",
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
  };
  return Buffer.concat([...Object.entries(usual).map(([name, value]) => header(name, value)), ...more]);
}

/** An empty message, which is all that GetInfo asks. */
export const emptyMessage = Buffer.alloc(5);

/** A connection that is written to by hand. */
export class RawClient {
  readonly socket: Socket;
  /** Types of the frames that came. */
  readonly frames: number[] = [];
  isClosed = false;
  #rest = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  static open(path: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawClient(socket)));
    });
  }

  write(...parts: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 9) {
      const length = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < length) return;
      this.frames.push(this.#rest.readUInt8(3));
      this.#rest = this.#rest.subarray(length);
    }
  }
}
