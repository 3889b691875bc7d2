// The journal: gives every event its place in the agent's one strictly increasing sequence, keeps the last ones in a store, and tells
// listeners at once. Writing is batched, so that many events cost one transaction; a process that is killed loses at most the last
// batch, never the order: numbers are reserved in blocks, synced, before any of a block is given.

import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Event, NumberedEvent } from "./event.ts";

/** Where events and the reservation of numbers are kept. */
export interface EventStore {
  /** Reserves numbers: those above `from` up to `to` are the caller's, and no later caller's. */
  reserveSequence(count: number): { readonly from: number; readonly to: number };
  appendEvents(entries: readonly NumberedEvent[]): void;
  /** Stored events with a higher number, in order. */
  eventsAfter(sequence: number): readonly NumberedEvent[];
  /** The highest number that is no longer stored, and the lowest that is; 0 where there is none. */
  eventsDropped(): { readonly upTo: number; readonly oldest: number };
}

/** What a journal needs. */
export interface JournalOptions {
  readonly store: EventStore;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly log: Log;
  /** How long an event may wait for others before it is written. */
  readonly batchMs?: number;
}

/** Numbers reserved in one synced write. */
const block = 10_000;

/** Events that are written at once without waiting for more. */
const batchSize = 256;

/** Long enough that a storm of events costs fifty small writes a second, and short enough that a killed process loses little. */
const defaultBatchMs = 20;

/** A journal. `report` never throws and never waits. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #listeners = new Set<(entry: NumberedEvent) => void>();
  #sequence: number;
  #reserved: number;
  #waiting: NumberedEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    const { from, to } = options.store.reserveSequence(block);
    this.#sequence = from;
    this.#reserved = to;
  }

  /** The number given last. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The next number, for changes of state, which share the sequence with events. */
  next(): number {
    if (this.#sequence === this.#reserved) this.#reserve();
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Numbers an event, tells listeners, and has it written soon. `at`: when it happened, Unix milliseconds; now unless given. */
  readonly report = (event: Event, at: number = this.#options.wall()): void => {
    const entry = { sequence: this.next(), at, event };
    this.#waiting.push(entry);
    if (this.#waiting.length >= batchSize) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#options.batchMs ?? defaultBatchMs);
    for (const listener of this.#listeners) listener(entry);
  };

  /** Calls back with every event from now on, until the returned function is called. The listener must not throw. */
  onEvent(listener: (entry: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The events after a number. `tooOld` says that some of them are no longer stored, with the oldest number that is. */
  since(sequence: number): { readonly events: readonly NumberedEvent[]; readonly tooOld: number | undefined } {
    this.flush();
    const { upTo, oldest } = this.#options.store.eventsDropped();
    const stored = this.#options.store.eventsAfter(sequence);
    return {
      events: [...stored, ...this.#waiting.filter((entry) => entry.sequence > sequence)],
      tooOld: upTo > sequence ? oldest : undefined,
    };
  }

  /** Writes what waits. Events that cannot be written stay in memory, up to a number, and are tried again with the next ones. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    try {
      this.#options.store.appendEvents(this.#waiting);
      this.#waiting = [];
    } catch (thrown) {
      this.#options.log.warn("events-not-stored", { count: this.#waiting.length, problem: messageOf(thrown) });
      this.#waiting = this.#waiting.slice(-10 * batchSize);
    }
  }

  /** Writes what waits and stops. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #reserve(): void {
    try {
      this.#reserved = this.#options.store.reserveSequence(block).to;
    } catch (thrown) {
      // Better numbers that might be given again after a restart than an agent that cannot report.
      this.#options.log.error("sequence-not-reserved", { problem: messageOf(thrown) });
      this.#reserved += block;
    }
  }
}
