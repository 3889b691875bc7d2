// Streams whose messages are written in groups. The library writes each message of each call by itself, in a buffer of its own; where a thousand
// watchers are told of a hundred events a second, that is most of what the process does. Here several messages are one write, and their bytes are
// those that everybody gets.

import type { ServerInterceptor } from "@grpc/grpc-js";

/** A part of the library's call that its types do not show: makes the bytes of a message, its frame among them. */
interface Internals {
  serializeMessage(message: unknown): Buffer;
}

/** Has the calls of one method write what `bytesOf` makes of what is given to them: messages in their frames, one after the other. It has to be the first interceptor. */
export function framedMessages<T>(path: string, bytesOf: (message: T) => Buffer): ServerInterceptor {
  return (method, call) => {
    const internals = call as unknown as Internals;
    if (method.path === path) internals.serializeMessage = (message) => bytesOf(message as T);
    return call as ReturnType<ServerInterceptor>;
  };
}

/** A message in its frame: not compressed, four bytes of length (gRPC over HTTP/2, Length-Prefixed-Message). */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
