// One watch: established, stored events, snapshot, snapshot end, then everything as it happens, in one strictly increasing sequence.
// Subscribing, reading the journal and taking the snapshot happen in one go, so that nothing falls between them.

import type { NumberedEvent } from "../events/event.ts";
import type { Journal } from "../events/journal.ts";
import type { Feed, FeedItem, Subscription } from "./feed.ts";
import { resourcesOf } from "./state-hub.ts";
import { wants, wantsEvent, wantsEventsOnly, wantsResource } from "./wanted.ts";
import type { StateSnapshot, StoredEvents } from "./words/state.ts";
import type { Watch, WatchMessage, WatchRequest } from "./words/watching.ts";

/** Where a watch takes from. */
export interface WatchSources {
  readonly feed: Feed;
  readonly journal: Pick<Journal, "page" | "sequence">;
  readonly snapshot: () => StateSnapshot;
  /** The snapshot after the processes were asked again, for samples. */
  readonly fresh: () => Promise<StateSnapshot>;
  /** Items that may wait for the client. */
  readonly capacity?: number;
}

/** Opens a watch. */
export function openWatch(sources: WatchSources, request: WatchRequest): Watch {
  const subscription = sources.feed.subscribe((item) => wants(request, item), {
    capacity: sources.capacity,
    eventsOnly: wantsEventsOnly(request),
  });
  const snapshot = sources.snapshot();
  const messages = follow(snapshot, subscription, sources, request);
  const groups = request.maxBatch === undefined ? messages : inBatches(messages);
  return {
    groups: () => groups,
    [Symbol.asyncIterator]: () => oneByOne(groups),
    close: () => subscription.close(),
  };
}

/** Stored events after a number, at most so many. */
export function storedEvents(journal: Pick<Journal, "page">, after: number, limit: number): StoredEvents {
  const first = journal.page(after);
  const events: NumberedEvent[] = [...first.events];
  for (let next = first.events; next.length > 0 && events.length <= limit; events.push(...next))
    next = journal.page(events.at(-1)?.sequence ?? 0).events;
  return { events: events.slice(0, limit), tooOld: first.tooOld, isPart: events.length > limit };
}

/** What there is at the beginning, made as it is taken: a thousand watchers that resume from far behind do not hold all of it a thousand times. */
function* openingMessages(
  snapshot: StateSnapshot,
  sources: WatchSources,
  request: WatchRequest,
  isOver: () => boolean,
): Generator<WatchMessage, undefined> {
  const { sequence, bootId } = snapshot;
  yield { kind: "established", bootId, sequence };
  if (request.resumeAfter !== undefined)
    yield* missedEvents(sources, request, { after: request.resumeAfter, upTo: sequence, isOver });
  for (const resource of resourcesOf(snapshot))
    if (wantsResource(request, resource)) yield { kind: "changed", sequence, resource };
  yield { kind: "snapshot-end", sequence };
  return undefined;
}

/** Stored events up to the snapshot; what comes after it is told by the feed. Those that go from the store meanwhile are told as too old. */
function* missedEvents(
  { journal }: WatchSources,
  request: WatchRequest,
  { after, upTo, isOver }: { readonly after: number; readonly upTo: number; readonly isOver: () => boolean },
): Iterable<WatchMessage> {
  if (request.contents?.has("event") === false) return;
  for (let last = after; last < upTo && !isOver(); ) {
    const { events, tooOld } = journal.page(last);
    if (tooOld !== undefined) yield { kind: "too-old", oldestSequence: tooOld };
    for (const entry of events)
      if (entry.sequence <= upTo && wantsEvent(request, entry.event)) yield { kind: "event", entry };
    last = events.at(-1)?.sequence ?? upTo;
  }
}

/** Messages that are written at a time where no batches are wanted. */
const groupSize = 16;

/** What there is to say, as much at a time as is there already. */
async function* follow(
  snapshot: StateSnapshot,
  subscription: Subscription,
  sources: WatchSources,
  request: WatchRequest,
): AsyncGenerator<readonly WatchMessage[], undefined> {
  const { heartbeatMs, sampleMs, maxBatch = groupSize } = request;
  let last = snapshot.sequence;
  let sampleAt = sampleMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + sampleMs;
  try {
    const isOver = () => subscription.isClosed || sources.feed.isClosed;
    for (const group of inGroups(openingMessages(snapshot, sources, request, isOver), maxBatch)) {
      if (isOver()) return;
      yield group;
    }
    for (;;) {
      const wait = Math.max(0, Math.min(heartbeatMs, sampleAt - performance.now()));
      const taken = await subscription.take(wait);
      if (taken === "closed") return;
      if (taken === "overflow") return void (yield [{ kind: "overflow", sequence: last }]);
      if (typeof taken === "object") {
        const items: readonly FeedItem[] = [taken, ...subscription.takeWaiting(maxBatch - 1)];
        yield items;
        last = sequenceOf(items.at(-1) ?? taken);
      } else if (performance.now() >= sampleAt && sampleMs !== undefined) {
        yield* samples(await sources.fresh(), request, maxBatch);
        sampleAt = performance.now() + sampleMs;
      } else if (wait === heartbeatMs) yield [{ kind: "heartbeat", sequence: sources.journal.sequence }];
    }
  } finally {
    subscription.close();
  }
}

/** Every wanted resource as it is, with its counters. What changed besides is told by the feed. */
function* samples(snapshot: StateSnapshot, request: WatchRequest, maxBatch: number): Iterable<readonly WatchMessage[]> {
  const { sequence } = snapshot;
  const wanted = resourcesOf(snapshot).filter((resource) => wantsResource(request, resource));
  for (let start = 0; start < wanted.length; start += maxBatch)
    yield wanted
      .slice(start, start + maxBatch)
      .map((resource) => ({ kind: "changed", sequence, resource, sample: true }) as const);
}

function* inGroups<T>(values: Iterable<T>, size: number): Iterable<readonly T[]> {
  let group: T[] = [];
  for (const value of values) {
    group.push(value);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** The messages of groups. */
export async function* oneByOne(
  groups: AsyncIterable<readonly WatchMessage[]>,
): AsyncGenerator<WatchMessage, undefined> {
  for await (const group of groups) yield* group;
  return undefined;
}

async function* inBatches(
  groups: AsyncIterable<readonly WatchMessage[]>,
): AsyncGenerator<readonly WatchMessage[], undefined> {
  for await (const messages of groups) {
    const [first] = messages;
    if (first !== undefined) yield [messages.length === 1 ? first : { kind: "batch", messages }];
  }
  return undefined;
}

function sequenceOf(item: FeedItem): number {
  return item.kind === "event" ? item.entry.sequence : item.sequence;
}
