// The journal: gives every event its place in the agent's one strictly increasing sequence, keeps the last ones in a store, and tells
// listeners at once. Writing is batched, so that many events cost one transaction; a process that is killed loses at most the last
// batch, never the order: numbers are reserved in blocks, synced, before any of a block is given.

import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Event, NumberedEvent } from "./event.ts";

/** Where events and the reservation of numbers are kept. */
export interface EventStore {
  /** The highest number that was ever reserved; 0: none. */
  reservedSequence(): number;
  /** Reserves the numbers up to this one: after a restart only higher ones are given. */
  reserveSequence(upTo: number): void;
  appendEvents(entries: readonly NumberedEvent[]): void;
  /** Stored events with a higher number, in order. */
  eventsAfter(sequence: number): readonly NumberedEvent[];
  /** Those of them up to another number. */
  eventsBetween(after: number, upTo: number): readonly NumberedEvent[];
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
  /** How many of the last events are also kept in memory; 4096 unless given. */
  readonly recent?: number;
}

/** Numbers reserved in one synced write. */
const block = 10_000;

/** Numbers given without a reservation before it is tried again. */
const blockOnCredit = 100;

/** Events that are written at once without waiting for more. */
const batchSize = 256;

/** Long enough that a storm of events costs fifty small writes a second, and short enough that a killed process loses little. */
const defaultBatchMs = 20;

/** Events that may wait for a store that cannot be written. */
const waitingLimit = 10 * batchSize;

/** Events that are also kept in memory: whoever resumes has mostly missed little, and a thousand of them should not read the store a thousand times. */
const recentLimit = 4096;

/** Numbers of one page of stored events, and how many pages are kept for those who read the same. */
const [pageNumbers, keptPages] = [1000, 16];

/** How soon writing is tried again after it failed. */
const retryMs = 1000;

/** A journal. `report` never throws and never waits. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #listeners = new Set<(entry: NumberedEvent) => void>();
  #sequence: number;
  #reserved: number;
  #waiting: NumberedEvent[] = [];
  /** The last events; all with a number above `#recentAfter` are among them. */
  #recent: NumberedEvent[] = [];
  #recentAfter: number;
  /** Stored events by the number before the first of their page; whole pages, which never change. */
  readonly #pages = new Map<number, readonly NumberedEvent[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lostUpTo = 0;
  #isStoring = true;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#sequence = options.store.reservedSequence();
    this.#reserved = this.#sequence;
    this.#recentAfter = this.#sequence;
  }

  /** The number given last. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The next number, for changes of state, which share the sequence with events. */
  next(): number {
    if (this.#sequence >= this.#reserved) this.#reserve();
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Numbers an event, tells listeners, and has it written soon. `at`: when it happened, Unix milliseconds; now unless given. */
  readonly report = (event: Event, at: number = this.#options.wall()): void => {
    const entry = { sequence: this.next(), at, event };
    this.#waiting.push(entry);
    this.#keepRecent(entry);
    if (this.#isStoring && this.#waiting.length >= batchSize) this.flush();
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
    if (sequence >= this.#recentAfter) return { events: this.#recentSince(sequence), tooOld: undefined };
    this.flush();
    const { upTo, oldest } = this.#options.store.eventsDropped();
    const stored = this.#options.store.eventsAfter(sequence);
    const waiting = this.#waiting.filter((entry) => entry.sequence > sequence);
    if (this.#lostUpTo > sequence) return { events: [...stored, ...waiting], tooOld: this.#oldestAfterLoss() };
    return { events: [...stored, ...waiting], tooOld: upTo > sequence ? oldest : undefined };
  }

  /**
   * The next events after a number, a page of them; none: there are no more. Whoever reads page by page holds little, and a thousand that resume
   * after a restart read the store once.
   */
  page(after: number): { readonly events: readonly NumberedEvent[]; readonly tooOld: number | undefined } {
    if (after >= this.#recentAfter) return { events: this.#recentSince(after, pageNumbers), tooOld: undefined };
    this.flush();
    if (!this.#isStoring || this.#lostUpTo > after) {
      const { events, tooOld } = this.since(after);
      return { events: events.slice(0, pageNumbers), tooOld };
    }
    const { upTo, oldest } = this.#options.store.eventsDropped();
    const from = Math.max(after, upTo);
    const tooOld = upTo > after ? oldest : undefined;
    for (let start = from - (from % pageNumbers); start < this.#sequence; start += pageNumbers) {
      const events = this.#pageFrom(start).filter(({ sequence }) => sequence > from);
      if (events.length > 0) return { events, tooOld };
    }
    return { events: [], tooOld };
  }

  /** Writes what waits. Events that cannot be written stay in memory, up to a number, and are tried again. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    try {
      this.#options.store.appendEvents(this.#waiting);
      this.#waiting = [];
      this.#stored(true);
    } catch (thrown) {
      this.#stored(false, messageOf(thrown));
      this.#forgetTooMany();
      this.#timer = setTimeout(() => this.flush(), retryMs);
    }
  }

  /** Writes what waits and stops. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #keepRecent(entry: NumberedEvent): void {
    this.#recent.push(entry);
    const limit = this.#options.recent ?? recentLimit;
    if (this.#recent.length < 2 * limit) return;
    const dropped = this.#recent.splice(0, this.#recent.length - limit);
    this.#recentAfter = dropped.at(-1)?.sequence ?? this.#recentAfter;
  }

  #recentSince(sequence: number, most = Number.POSITIVE_INFINITY): readonly NumberedEvent[] {
    const first = this.#recent.findLastIndex((entry) => entry.sequence <= sequence) + 1;
    return this.#recent.slice(first, first + most);
  }

  #pageFrom(start: number): readonly NumberedEvent[] {
    const known = this.#pages.get(start);
    if (known !== undefined) return known;
    const events = this.#options.store.eventsBetween(start, start + pageNumbers);
    if (start + pageNumbers <= this.#sequence) {
      this.#pages.set(start, events);
      const [oldest] = this.#pages.keys();
      if (this.#pages.size > keptPages && oldest !== undefined) this.#pages.delete(oldest);
    }
    return events;
  }

  #reserve(): void {
    const upTo = this.#sequence + block;
    try {
      this.#options.store.reserveSequence(upTo);
      this.#reserved = upTo;
    } catch (thrown) {
      // Better numbers that might be given again after a restart than an agent that cannot report.
      this.#stored(false, messageOf(thrown));
      this.#reserved = this.#sequence + blockOnCredit;
    }
  }

  /** Says once that the store cannot be written, and once that it can again. */
  #stored(done: boolean, problem = ""): void {
    if (done === this.#isStoring) return;
    this.#isStoring = done;
    const { log } = this.#options;
    if (done) log.info("events-stored-again", { lost_up_to: this.#lostUpTo });
    else log.error("events-not-stored", { kept_in_memory: waitingLimit, problem });
  }

  /** What is forgotten here is told to watchers that resume from before it. */
  #forgetTooMany(): void {
    const forgotten = this.#waiting.splice(0, Math.max(0, this.#waiting.length - waitingLimit));
    this.#lostUpTo = forgotten.at(-1)?.sequence ?? this.#lostUpTo;
  }

  /** The oldest number from which on nothing is missing. */
  #oldestAfterLoss(): number {
    const [next] = this.#options.store.eventsAfter(this.#lostUpTo);
    return next?.sequence ?? this.#waiting[0]?.sequence ?? 0;
  }
}
