// One watch: established, stored events, snapshot, snapshot end, then everything as it happens, in one strictly increasing sequence.
// Subscribing, reading the journal and taking the snapshot happen in one go, so that nothing falls between them.

import type { Journal } from "../events/journal.ts";
import type { Resource, StateSnapshot, Watch, WatchMessage, WatchRequest } from "./domain.ts";
import type { Feed, FeedItem, Subscription } from "./feed.ts";
import { resourcesOf } from "./state-hub.ts";

/** Where a watch takes from. */
export interface WatchSources {
  readonly feed: Feed;
  readonly journal: Pick<Journal, "since" | "sequence">;
  readonly snapshot: () => StateSnapshot;
  /** Items that may wait for the client. */
  readonly capacity?: number;
}

/** Opens a watch. */
export function openWatch(sources: WatchSources, request: WatchRequest): Watch {
  const wanted = wantedBy(request);
  const subscription = sources.feed.subscribe((item) => wanted(contentOf(item)), sources.capacity);
  const opening = [...openingMessages(sources, request, wanted)];
  const messages = follow(opening, subscription, () => sources.journal.sequence, request.heartbeatMs);
  return { [Symbol.asyncIterator]: () => messages, close: () => subscription.close() };
}

type Wanted = (content: Resource["content"] | "event") => boolean;

function wantedBy({ contents }: WatchRequest): Wanted {
  return (content) => contents === undefined || contents.has(content);
}

function* openingMessages(sources: WatchSources, request: WatchRequest, wanted: Wanted): Iterable<WatchMessage> {
  const snapshot = sources.snapshot();
  const { sequence, bootId } = snapshot;
  yield { kind: "established", bootId, sequence };
  if (request.resumeAfter !== undefined && wanted("event")) yield* storedEvents(sources, request.resumeAfter);
  for (const resource of resourcesOf(snapshot))
    if (wanted(resource.content)) yield { kind: "changed", sequence, resource };
  yield { kind: "snapshot-end", sequence };
}

function* storedEvents({ journal }: WatchSources, after: number): Iterable<WatchMessage> {
  const { events, tooOld } = journal.since(after);
  if (tooOld !== undefined) yield { kind: "too-old", oldestSequence: tooOld };
  for (const entry of events) yield { kind: "event", entry };
}

async function* follow(
  opening: readonly WatchMessage[],
  subscription: Subscription,
  reached: () => number,
  heartbeatMs: number,
): AsyncGenerator<WatchMessage, undefined> {
  let last = 0;
  try {
    for (const message of opening) {
      yield message;
      if (message.kind === "snapshot-end") last = message.sequence;
    }
    for (;;) {
      const taken = await subscription.take(heartbeatMs);
      if (taken === "closed") return;
      if (taken === "overflow") return void (yield { kind: "overflow", sequence: last });
      if (taken === "timeout") yield { kind: "heartbeat", sequence: reached() };
      else yield taken;
      last = typeof taken === "string" ? last : sequenceOf(taken);
    }
  } finally {
    subscription.close();
  }
}

function contentOf(item: FeedItem): Resource["content"] | "event" {
  if (item.kind === "event") return "event";
  return item.kind === "changed" ? item.resource.content : item.content;
}

function sequenceOf(item: FeedItem): number {
  return item.kind === "event" ? item.entry.sequence : item.sequence;
}
