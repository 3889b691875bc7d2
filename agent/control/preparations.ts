// Two steps for several directors: each prepares (the configuration is checked, and nothing else may change for a while), and when all
// have, each applies what it prepared. One preparation at a time, in memory: a restarted agent has forgotten it, and has changed nothing.

import { randomUUID } from "node:crypto";
import { Refused } from "./refused.ts";
import type { ApplyRequest } from "./words/request.ts";

/** What is prepared. */
export interface Preparation {
  readonly token: string;
  readonly baseRevision: number;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly request: ApplyRequest;
}

/** The preparation that other changes wait for, if any. */
export class Preparations {
  readonly #wall: () => number;
  #prepared: Preparation | undefined;

  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** Keeps a request that was found right until it is applied, aborted, or its time is over. */
  put(request: ApplyRequest, baseRevision: number, forMs: number): Preparation {
    this.#prepared = { token: randomUUID(), baseRevision, expiresAt: this.#wall() + forMs, request };
    return this.#prepared;
  }

  /** What a token stands for. Throws Refused. */
  get(token: string): Preparation {
    const prepared = this.#current();
    if (prepared?.token !== token) throw new Refused({ kind: "preparation-not-found", token });
    return prepared;
  }

  /** Frees the way for other changes. Throws Refused when the token stands for nothing. */
  drop(token: string): void {
    this.get(token);
    this.#prepared = undefined;
  }

  /** Refuses a change while another one is prepared. The prepared one itself passes, and what goes back. */
  permit(request: ApplyRequest): void {
    const prepared = this.#current();
    if (prepared === undefined || request.preparedToken === prepared.token || request.settles !== undefined) return;
    throw new Refused({ kind: "configuration-prepared", expiresAt: prepared.expiresAt });
  }

  #current(): Preparation | undefined {
    if (this.#prepared !== undefined && this.#wall() >= this.#prepared.expiresAt) this.#prepared = undefined;
    return this.#prepared;
  }
}
