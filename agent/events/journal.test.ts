import { expect, test } from "bun:test";
import { silentLog } from "../base/log.ts";
import type { Event, NumberedEvent } from "./event.ts";
import { type EventStore, Journal } from "./journal.ts";

const stopping: Event = { kind: "agent-stopping", reason: "test" };

/** A store in memory that can be full. */
class MemoryStore implements EventStore {
  readonly batches: (readonly NumberedEvent[])[] = [];
  reserved = 0;
  full = false;

  reservedSequence(): number {
    return this.reserved;
  }

  reserveSequence(upTo: number): void {
    if (this.full) throw new Error("disk full");
    this.reserved = upTo;
  }

  appendEvents(entries: readonly NumberedEvent[]): void {
    if (this.full) throw new Error("disk full");
    this.batches.push([...entries]);
  }

  eventsAfter(sequence: number): readonly NumberedEvent[] {
    return this.batches.flat().filter((entry) => entry.sequence > sequence);
  }

  reads = 0;

  eventsBetween(after: number, upTo: number): readonly NumberedEvent[] {
    this.reads += 1;
    return this.eventsAfter(after).filter((entry) => entry.sequence <= upTo);
  }

  eventsDropped() {
    return { upTo: 0, oldest: 0 };
  }
}

function journalOf(store: EventStore): Journal {
  return new Journal({ store, wall: () => 1000, log: silentLog, batchMs: 100_000, recent: 0 });
}

test("numbers only grow, also from one start to the next", () => {
  const store = new MemoryStore();
  const first = journalOf(store);
  const before = [first.next(), first.next()];
  first.close();
  const second = journalOf(store);
  expect(before).toEqual([1, 2]);
  expect(second.next()).toBeGreaterThan(2);
  second.close();
});

test("numbers go on growing over the end of a reserved block", () => {
  const journal = journalOf(new MemoryStore());
  const numbers = Array.from({ length: 10_005 }, () => journal.next());
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  journal.close();
});

test("listeners hear an event at once; the store gets many in one batch", () => {
  const store = new MemoryStore();
  const journal = journalOf(store);
  const heard: number[] = [];
  const leave = journal.onEvent(({ sequence }) => heard.push(sequence));
  for (let count = 0; count < 255; count++) journal.report(stopping);
  expect(store.batches).toEqual([]);
  leave();
  journal.report(stopping);
  expect(heard).toHaveLength(255);
  expect(store.batches.map((batch) => batch.length)).toEqual([256]);
  journal.close();
});

test("events that wait are there for whoever asks", () => {
  const journal = journalOf(new MemoryStore());
  journal.report(stopping);
  journal.report(stopping);
  expect(journal.since(1)).toEqual({ events: [{ sequence: 2, at: 1000, event: stopping }], tooOld: undefined });
  journal.close();
});

test("a store that cannot be written costs no event while the agent runs", () => {
  const store = new MemoryStore();
  const journal = journalOf(store);
  store.full = true;
  journal.report(stopping);
  expect(journal.since(0).events).toHaveLength(1);
  store.full = false;
  expect(journal.since(0).events).toHaveLength(1);
  expect(store.batches.flat()).toHaveLength(1);
  journal.close();
});

test("a store that is full at the start stops nobody, and numbers still grow", () => {
  const store = new MemoryStore();
  store.reserved = 10_000;
  store.full = true;
  const journal = journalOf(store);
  expect(journal.next()).toBe(10_001);
  journal.close();
});

test("a store that was full has every number reserved again soon after it is not", () => {
  const store = new MemoryStore();
  const journal = journalOf(store);
  store.full = true;
  for (let count = 0; count < 10_050; count++) journal.next();
  store.full = false;
  for (let count = 0; count < 30_000; count++) {
    journal.next();
    if (count > 100) expect(store.reserved).toBeGreaterThanOrEqual(journal.sequence);
  }
  journal.close();
});

test("events that memory could not hold for a full store are told as missing", () => {
  const store = new MemoryStore();
  const journal = journalOf(store);
  store.full = true;
  for (let count = 0; count < 3000; count++) journal.report(stopping);
  expect(journal.since(10).tooOld).toBe(441);
  expect(journal.since(10).events.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 2560 }, (_, index) => index + 441),
  );
  expect(journal.since(440).tooOld).toBeUndefined();
  store.full = false;
  expect(journal.since(10).tooOld).toBe(441);
  journal.close();
});

test("a full store is complained about once", () => {
  const store = new MemoryStore();
  const said: string[] = [];
  const log = { ...silentLog, error: (name: string) => said.push(name), info: (name: string) => said.push(name) };
  const journal = new Journal({ store, wall: () => 1000, log, batchMs: 100_000, recent: 0 });
  store.full = true;
  for (let count = 0; count < 1000; count++) {
    journal.report(stopping);
    journal.flush();
  }
  store.full = false;
  journal.flush();
  expect(said).toEqual(["events-not-stored", "events-stored-again"]);
  journal.close();
});

test("the last events are answered from memory, and older ones from the store", () => {
  const store = new MemoryStore();
  const journal = new Journal({ store, wall: () => 1000, log: silentLog, batchMs: 100_000, recent: 10 });
  for (let count = 0; count < 50; count++) journal.report(stopping);
  const numbers = (after: number) => journal.since(after).events.map(({ sequence }) => sequence);
  expect(numbers(45)).toEqual([46, 47, 48, 49, 50]);
  expect(numbers(0)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect(numbers(50)).toEqual([]);
});

test("whoever reads page by page gets every event once, and those who read the same read the store once", () => {
  const store = new MemoryStore();
  const before = journalOf(store);
  for (let count = 0; count < 4500; count++) {
    before.report(stopping);
    // Changes of state have numbers too.
    before.next();
  }
  before.close();
  const journal = journalOf(store);
  const readAll = (after: number) => {
    const numbers: number[] = [];
    for (let page = journal.page(after); page.events.length > 0; page = journal.page(numbers.at(-1) ?? 0))
      numbers.push(...page.events.map(({ sequence }) => sequence));
    return numbers;
  };
  expect(readAll(0)).toEqual(Array.from({ length: 4500 }, (_, index) => 2 * index + 1));
  const { reads } = store;
  for (const after of [0, 1, 999, 1000, 4321, 8998]) {
    expect(readAll(after)[0]).toBe(after + 1 + (after % 2));
    expect(readAll(after).at(-1)).toBe(8999);
  }
  // Only the last page, which is not full, is read again.
  expect(store.reads - reads).toBeLessThanOrEqual(2 * 2 * 6);
  journal.report(stopping);
  expect(readAll(8999)).toEqual([journal.sequence]);
  journal.close();
});
