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

  reserveSequence(count: number) {
    if (this.full) throw new Error("disk full");
    const from = this.reserved;
    this.reserved += count;
    return { from, to: this.reserved };
  }

  appendEvents(entries: readonly NumberedEvent[]): void {
    if (this.full) throw new Error("disk full");
    this.batches.push([...entries]);
  }

  eventsAfter(sequence: number): readonly NumberedEvent[] {
    return this.batches.flat().filter((entry) => entry.sequence > sequence);
  }

  eventsDropped() {
    return { upTo: 0, oldest: 0 };
  }
}

function journalOf(store: EventStore): Journal {
  return new Journal({ store, wall: () => 1000, log: silentLog, batchMs: 100_000 });
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
