// The door of the API: every call comes through here. It finds out who calls, whether they may, whether they do it too often, hands the
// caller to the handler, and has written down what came of it.

import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Log } from "../../base/log.ts";
import type { Refusal } from "../domain.ts";
import { refusalError } from "../errors.ts";
import type { AuditLog } from "./audit.ts";
import { type Caller, callerName } from "./caller.ts";
import type { CallAccounts } from "./limits.ts";
import { type Access, type Grant, grantOf, isAudited, neededRights } from "./policy.ts";

/** What a handler knows of who calls. */
export interface Admitted {
  readonly caller: Caller;
  /** The virtual servers that may be changed; undefined: all. */
  readonly scope?: readonly string[];
}

/** What the door needs. */
export interface DoorOptions {
  /** Undefined: whoever can open the unix socket may do everything. */
  readonly access: () => Access | undefined;
  readonly ownUid: number;
  /** Who is at the other end of a call. */
  readonly callerOf: (call: object) => Caller;
  readonly accounts: CallAccounts;
  readonly audit?: AuditLog;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly wall: () => number;
}

/** The key under which handlers find who calls. Clients cannot set it: it is always overwritten. */
const admittedKey = "vipward-admitted";

/** Who calls, for a handler. */
export function admittedBy(metadata: Metadata): Admitted {
  const [text] = metadata.get(admittedKey);
  if (typeof text !== "string") return { caller: { kind: "unknown" } };
  return JSON.parse(Buffer.from(text, "base64").toString()) as Admitted;
}

/** The interceptor through which every call goes. */
export function door(options: DoorOptions): ServerInterceptor {
  return (method, call) => {
    const caller = options.callerOf(call);
    const name = callerName(caller);
    const seen: { request?: unknown; response?: unknown } = {};
    let isIn = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const refusal = refusalOf(options, method.path, caller, name);
            if (refusal !== undefined) return call.sendStatus(withMetadata(refusalError(refusal)));
            isIn = true;
            metadata.set(
              admittedKey,
              encoded({ caller, ...scopeOf(grantOf(options.access(), caller, options.ownUid), method.path) }),
            );
            pass(metadata);
          },
          onReceiveMessage: (message, pass) => {
            seen.request ??= message;
            if (isIn) pass(message);
          },
          onReceiveHalfClose: (pass) => {
            if (isIn) pass();
          },
          onCancel: () => end(),
        }),
      sendMessage: (message, pass) => {
        seen.response = message;
        pass(message);
      },
      sendStatus: (ended, pass) => {
        end();
        pass(ended);
        if (isAudited(method.path)) write(options, method.path, caller, ended, seen);
      },
    });

    function end(): void {
      if (isIn) options.accounts.end(name);
      isIn = false;
    }
  };
}

function refusalOf(
  { access, ownUid, accounts, audit, wall }: DoorOptions,
  path: string,
  caller: Caller,
  name: string,
): Refusal | undefined {
  const right = neededRights[path];
  const rights = grantOf(access(), caller, ownUid);
  if (right === undefined || !rights.has(right)) {
    const refusal = { kind: "not-permitted", caller: name, call: path, right: right ?? "administer" } as const;
    audit?.append({ at: wall(), ...callerFields(caller), call: path, code: "PERMISSION_DENIED" });
    return refusal;
  }
  // The superuser and the agent's own user could do worse than call often.
  if (caller.kind === "process" && [0, ownUid].includes(caller.uid)) return undefined;
  const exceeded = accounts.begin(name);
  return exceeded && { kind: "limit-exceeded", caller: name, ...exceeded };
}

interface Ended {
  readonly code: status;
  readonly details: string;
}

function write(
  { audit, wall }: DoorOptions,
  call: string,
  caller: Caller,
  { code, details }: Ended,
  { request, response }: { readonly request?: unknown; readonly response?: unknown },
): void {
  const asked = fieldsOf(request);
  const [requestId, reason] = [asked.requestId, asked.reason];
  const applied = fieldsOf(fieldsOf(response).applied ?? response);
  const { number, hash } = fieldsOf(applied.revision);
  audit?.append({
    at: wall(),
    ...callerFields(caller),
    call,
    code: status[code] ?? String(code),
    ...(code !== status.OK && { details }),
    ...(typeof requestId === "string" && requestId !== "" && { requestId }),
    ...(typeof reason === "string" && reason !== "" && { reason }),
    ...(code === status.OK && typeof number === "bigint" && { revision: Number(number) }),
    ...(code === status.OK && typeof hash === "string" && { contentHash: hash }),
  });
}

function callerFields(caller: Caller): { readonly caller: string; readonly from: string } {
  const from = caller.kind === "certificate" ? caller.from : caller.kind === "process" ? `pid ${caller.pid}` : "unix";
  return { caller: callerName(caller), from };
}

function scopeOf(grant: Grant, path: string): { readonly scope?: readonly string[] } {
  const scope = grant.get(neededRights[path] ?? "administer");
  return scope === undefined ? {} : { scope };
}

function encoded(admitted: Admitted): string {
  return Buffer.from(JSON.stringify(admitted)).toString("base64");
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function withMetadata(error: ReturnType<typeof refusalError>) {
  return { code: error.code, details: error.details, metadata: error.metadata ?? null };
}
