// How handlers are called: they return or throw, and this makes the gRPC call end as it should, whatever happens.

import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Result } from "../base/result.ts";
import { type Admitted, admittedBy } from "./access/door.ts";
import { internalError, type RpcError, refusalError } from "./errors.ts";
import type { Refusal } from "./words/refusal.ts";

/** A gRPC error on its way out of a handler. */
export class CallError extends Error {
  readonly error: RpcError;

  constructor(error: RpcError) {
    super(error.details);
    this.error = error;
  }
}

/** The value of a result; what was refused ends the call with its error. */
export function granted<T>(result: Result<T, Refusal>): T {
  if (result.ok) return result.value;
  throw new CallError(refusalError(result.error));
}

/** A handler of one request and one response. */
export function unary<Request, Response>(
  log: Log,
  handle: (request: Request, admitted: Admitted) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handle(call.request, admittedBy(call.metadata)).then(
      (response) => callback(null, response),
      (thrown) => callback(errorOf(log, call.getPath(), thrown)),
    );
  };
}

/** A handler of many requests and one response. Requests are read as fast as the handler takes them. */
export function collecting<Request, Response>(
  log: Log,
  handle: (requests: AsyncIterable<Request>) => Promise<Response>,
): handleClientStreamingCall<Request, Response> {
  return (call, callback) => {
    handle(call as AsyncIterable<Request>).then(
      (response) => callback(null, response),
      (thrown) => callback(errorOf(log, call.getPath(), thrown)),
    );
  };
}

/** A handler of one request and many responses, pulled as fast as the client reads. `source` is closed when the call ends. */
export function streaming<Request, Response>(
  log: Log,
  open: (request: Request, admitted: Admitted) => AsyncIterable<Response> & { close(): void },
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    pump(call, open).then(
      () => call.end(),
      (thrown) => call.emit("error", errorOf(log, call.getPath(), thrown)),
    );
  };
}

async function pump<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  open: (request: Request, admitted: Admitted) => AsyncIterable<Response> & { close(): void },
): Promise<void> {
  const source = open(call.request, admittedBy(call.metadata));
  call.once("cancelled", () => source.close());
  for await (const response of source) {
    if (call.cancelled) break;
    if (!call.write(response)) await writable(call);
  }
}

/** Resolves when the client has read enough, or is gone. It leaves nothing behind at the call: a watch may go on for months. */
function writable(call: ServerWritableStream<unknown, unknown>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      call.off("cancelled", done);
      resolve();
    };
    if (call.cancelled) return resolve();
    call.on("drain", done);
    call.on("cancelled", done);
  });
}

function errorOf(log: Log, path: string, thrown: unknown): RpcError {
  if (thrown instanceof CallError) return thrown.error;
  const reference = crypto.randomUUID();
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  log.error("call-failed", { reference, call: path, problem: messageOf(thrown), stack });
  return internalError(reference);
}
