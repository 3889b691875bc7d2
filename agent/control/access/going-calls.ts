// Calls that go on: those that answer in streams. A watch goes on for months: whoever loses the right to it, by other rules, by a revocation or by the end of a
// certificate, has it ended. A change that has begun is answered as it ends, since it is made.

import type { Caller } from "./caller.ts";
import type { Access } from "./policy.ts";

/** A call that was let in. */
export interface GoingCall {
  readonly caller: Caller;
  readonly path: string;
  /** Ends it, as what is no longer allowed. */
  readonly end: () => void;
}

/** What looking at calls needs. */
export interface GoingCallOptions {
  readonly access: () => Access | undefined;
  readonly isAllowed: (call: GoingCall) => boolean;
  /** Unix milliseconds. */
  readonly wall: () => number;
}

/** The calls of one server. */
export class GoingCalls {
  readonly #options: GoingCallOptions;
  readonly #calls = new Set<GoingCall>();
  #access: Access | undefined;

  constructor(options: GoingCallOptions) {
    this.#options = options;
    this.#access = options.access();
  }

  /** Remembers a call until the returned function is called. */
  add(call: GoingCall): () => void {
    this.#calls.add(call);
    return () => this.#calls.delete(call);
  }

  /** Ends those that are no longer allowed: all are asked where the rules are others, and otherwise those whose certificate is over. */
  look(): void {
    const access = this.#options.access();
    const isOther = access !== this.#access;
    this.#access = access;
    for (const call of [...this.#calls])
      if ((isOther || isOver(call.caller, this.#options.wall())) && !this.#options.isAllowed(call)) call.end();
  }
}

/** Whether a caller's certificate is over. The connection that was made with it is still there. */
export function isOver(caller: Caller, now: number): boolean {
  return caller.kind === "certificate" && caller.notAfter !== undefined && caller.notAfter <= now;
}
