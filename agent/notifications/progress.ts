// How far each target has been told, in memory and in the store. A restart goes on from there, for each of them: a pipe that nobody reads
// does not make scripts run twice.

import { Ledger } from "./core/ledger.ts";

/** Where it is kept up to which event each target was told everything. */
export interface ProgressStore {
  notified(): ReadonlyMap<string, number>;
  /** Undefined: it is no target any more. Never throws: what cannot be written is told twice after a restart. */
  rememberNotified(target: string, sequence: number | undefined): void;
}

/** How long a number may wait before it is written. */
const rememberAfterMs = 200;

/** The progress of all targets. */
export class Progress {
  readonly #store: ProgressStore;
  readonly #ledgers = new Map<string, Ledger>();
  readonly #remembered: Map<string, number>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: ProgressStore) {
    this.#store = store;
    this.#remembered = new Map(store.notified());
  }

  /** These are the targets now. One that is new is told of what comes after `now`; one that is no more is forgotten. */
  setTargets(targets: readonly string[], now: number): void {
    for (const target of targets)
      if (!this.#ledgers.has(target)) this.#begin(target, this.#remembered.get(target) ?? now);
    for (const target of [...this.#ledgers.keys(), ...this.#remembered.keys()])
      if (!targets.includes(target)) this.#forget(target);
  }

  /** The number after which somebody has still to be told something. */
  get cursor(): number {
    return Math.min(...[...this.#ledgers.values()].map(({ cursor }) => cursor));
  }

  /** Notes how many deliveries an event has for each target. Gives the targets that have not seen it before. */
  add(sequence: number, countOf: (target: string) => number): ReadonlySet<string> {
    const fresh = [...this.#ledgers].filter(([, ledger]) => sequence > ledger.seen);
    for (const [target, ledger] of fresh) ledger.add(sequence, countOf(target));
    this.#rememberSoon();
    return new Set(fresh.map(([target]) => target));
  }

  /** One delivery has been done, or given up. */
  done(target: string, sequence: number): void {
    this.#ledgers.get(target)?.done(sequence);
    this.#rememberSoon();
  }

  /** Writes what has not been written yet. */
  remember(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [target, { cursor }] of this.#ledgers)
      if (cursor !== this.#remembered.get(target)) this.#put(target, cursor);
  }

  #begin(target: string, cursor: number): void {
    this.#ledgers.set(target, new Ledger(cursor));
    this.#put(target, cursor);
  }

  #forget(target: string): void {
    this.#ledgers.delete(target);
    this.#remembered.delete(target);
    this.#store.rememberNotified(target, undefined);
  }

  #put(target: string, cursor: number): void {
    this.#remembered.set(target, cursor);
    this.#store.rememberNotified(target, cursor);
  }

  #rememberSoon(): void {
    this.#timer ??= setTimeout(() => this.remember(), rememberAfterMs);
  }
}
