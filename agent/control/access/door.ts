// The door of the API: every call comes through here. It finds out who calls, whether they may, whether they do it too often, hands the
// caller to the handler, and has written down what came of it.

import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Log } from "../../base/log.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { refusalError } from "../errors.ts";
import type { Refusal } from "../words/refusal.ts";
import type { AuditLog } from "./audit.ts";
import { type Caller, callerName } from "./caller.ts";
import { type GoingCall, GoingCalls, isOver } from "./going-calls.ts";
import { type CallAccounts, isLarge } from "./limits.ts";
import { usualDirectories } from "./named-files.ts";
import { type Access, type Grant, grantOf, isAudited, neededRights, type Right } from "./policy.ts";
import { countedMs, RefusalAudit } from "./refusal-audit.ts";

/** What a handler knows of who calls. */
export interface Admitted {
  readonly caller: Caller;
  /** The virtual servers that may be changed; undefined: all. */
  readonly scope?: readonly string[];
  /** The directories below which files of the director may be named; undefined: everywhere. */
  readonly files?: readonly string[];
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

/** The door of one server: its interceptor, through which every call goes. */
export class Door {
  readonly #options: DoorOptions;
  readonly #going: GoingCalls;
  readonly #refusals: RefusalAudit | undefined;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#refusals = options.audit && new RefusalAudit(options.audit);
    const isAllowed = ({ caller, path }: GoingCall) => this.#grantOf(caller).has(rightOf(path));
    this.#going = new GoingCalls({ ...options, isAllowed });
  }

  /** Ends calls of those who may no longer make them, and writes down the refusals that were counted. To be called every few seconds. */
  look(): void {
    this.#going.look();
    this.#refusals?.flush(this.#options.wall() - countedMs);
  }

  /** Writes down what was counted. */
  close(): void {
    this.#refusals?.flush();
  }

  readonly interceptor: ServerInterceptor = ({ path, responseStream }, call) => {
    const options = this.#options;
    const caller = options.callerOf(call);
    const name = callerName(caller);
    const seen: { request?: unknown; response?: unknown } = {};
    let leave: (() => void) | undefined;
    const end = () => {
      leave?.();
      leave = undefined;
    };
    const refuse = (refusal: Refusal) => {
      const error = refusalError(refusal);
      const code = status[error.code] ?? "";
      this.#refusals?.append({ at: options.wall(), ...callerFields(caller), call: path, code });
      call.sendStatus(withMetadata(error));
    };
    const endRefused = () => {
      end();
      refuse(notPermitted(name, path));
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const entered = this.#enter(caller, path);
            if (!entered.ok) return refuse(entered.error);
            const forget = responseStream ? this.#going.add({ caller, path, end: endRefused }) : undefined;
            leave = () => {
              forget?.();
              entered.value();
            };
            metadata.set(
              admittedKey,
              encoded({ caller, ...scopeOf(this.#grantOf(caller), path), ...this.#filesOf(caller) }),
            );
            pass(metadata);
          },
          onReceiveMessage: (message, pass) => {
            seen.request ??= message;
            if (leave !== undefined) pass(message);
          },
          onReceiveHalfClose: (pass) => {
            if (leave !== undefined) pass();
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
        if (isAudited(path)) write(options, path, caller, ended, seen);
      },
    });
  };

  /** Lets a call in, or says why not; what is returned is to be called when it has ended. */
  #enter(caller: Caller, path: string): Result<() => void, Refusal> {
    const name = callerName(caller);
    const exceeded = this.#isLimited(caller) ? this.#options.accounts.begin(name, isLarge(path)) : undefined;
    if (exceeded !== undefined) return fail({ kind: "limit-exceeded", caller: name, ...exceeded });
    const leave = () => {
      if (this.#isLimited(caller)) this.#options.accounts.end(name, isLarge(path));
    };
    if (this.#grantOf(caller).has(rightOf(path))) return ok(leave);
    leave();
    return fail(notPermitted(name, path));
  }

  /** The superuser and the agent's own user could do worse than call often. */
  #isLimited(caller: Caller): boolean {
    return caller.kind !== "process" || ![0, this.#options.ownUid].includes(caller.uid);
  }

  #filesOf(caller: Caller): Pick<Admitted, "files"> {
    if (this.#grantOf(caller).has("administer")) return {};
    return { files: this.#options.access()?.files ?? usualDirectories };
  }

  #grantOf(caller: Caller): Grant {
    const { access, ownUid, wall } = this.#options;
    return isOver(caller, wall()) ? new Map() : grantOf(access(), caller, ownUid);
  }
}

function notPermitted(caller: string, path: string): Refusal {
  return { kind: "not-permitted", caller, call: path, right: rightOf(path) };
}

/** The right that a call needs; of one that is not known, the highest. */
function rightOf(path: string): Right {
  return neededRights[path] ?? "administer";
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
  const scope = grant.get(rightOf(path));
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
