// The feed: what happens, as it happens, to any number of watchers, in one order. Each has a bounded queue; one that does not keep up is
// cut off and told so. Publishing never waits.

import type { NumberedEvent } from "../events/event.ts";
import type { Resource, ResourceContent } from "./words/state.ts";

/** One thing that happened, with its place in the sequence. */
export type FeedItem =
  | { readonly kind: "event"; readonly entry: NumberedEvent }
  | { readonly kind: "changed"; readonly sequence: number; readonly resource: Resource }
  | { readonly kind: "removed"; readonly sequence: number; readonly content: ResourceContent; readonly name: string };

/** What a subscriber takes next: an item, that its queue was full, or that it is over. */
export type Taken = FeedItem | "overflow" | "closed" | "timeout";

/** How somebody subscribes. */
export interface Manner {
  /** Items that may wait for it; 4096 unless given. */
  readonly capacity?: number | undefined;
  /** It accepts nothing but events. */
  readonly eventsOnly?: boolean;
}

/** Items that may wait for one subscriber. */
const defaultCapacity = 4096;

/** So few subscribers are told at once: what that costs is not worth waiting for. */
const few = 50;

/** The longest pause between two rounds: what held the process up meanwhile may have been something else. */
const longestPauseMs = 20;

/**
 * Publishes to its subscriptions. To tell many takes a while; after it, there is a pause as long as it took, in which more may come. So a thousand
 * watchers leave half of the processor to others, and what came in a pause goes to each in one piece.
 */
export class Feed {
  readonly #subscriptions = new Set<Subscription>();
  /** Those of them who are told of state. */
  readonly #followers = new Set<Subscription>();
  #isClosed = false;
  #round: "none" | "going on" | "pause" = "none";
  #isAwaited = false;

  publish(item: FeedItem): void {
    for (const subscription of this.#subscriptions) subscription.offer(item);
    if (this.#subscriptions.size <= few) this.#wakeAll();
    else if (this.#round === "none") this.#tellAll();
    else this.#isAwaited = true;
  }

  #tellAll(): void {
    const start = performance.now();
    this.#isAwaited = false;
    this.#round = "going on";
    this.#wakeAll();
    // When the event loop comes around, what was to be told is written.
    setImmediate(() => {
      this.#round = "pause";
      setTimeout(() => this.#endPause(), Math.min(longestPauseMs, performance.now() - start));
    });
  }

  #endPause(): void {
    this.#round = "none";
    if (this.#isAwaited) this.#tellAll();
  }

  #wakeAll(): void {
    for (const subscription of this.#subscriptions) subscription.wake();
  }

  /** Items from now on that the subscriber accepts. */
  subscribe(accepts: (item: FeedItem) => boolean, { capacity, eventsOnly }: Manner = {}): Subscription {
    const leave = () => {
      this.#subscriptions.delete(subscription);
      this.#followers.delete(subscription);
    };
    const subscription = new Subscription(accepts, capacity ?? defaultCapacity, leave);
    this.#subscriptions.add(subscription);
    if (eventsOnly !== true) this.#followers.add(subscription);
    return subscription;
  }

  /** Whether anybody is to be told of changed state: to find out what changed costs as much as looking at everything. */
  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  /** How many subscriptions there are. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Whether everything ends. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends every subscription. */
  close(): void {
    this.#isClosed = true;
    for (const subscription of [...this.#subscriptions]) subscription.close();
  }
}

/** One subscriber's queue. After an overflow, what had been queued is still taken, then "overflow", then nothing more. */
export class Subscription {
  readonly #accepts: (item: FeedItem) => boolean;
  readonly #capacity: number;
  readonly #leave: () => void;
  readonly #queue: FeedItem[] = [];
  #wake: (() => void) | undefined;
  #end: "overflow" | "closed" | undefined;

  constructor(accepts: (item: FeedItem) => boolean, capacity: number, leave: () => void) {
    this.#accepts = accepts;
    this.#capacity = capacity;
    this.#leave = leave;
  }

  /** Queues an item if it is accepted and there is room. */
  offer(item: FeedItem): void {
    if (this.#end !== undefined || !this.#accepts(item)) return;
    if (this.#queue.length >= this.#capacity) this.#overflow();
    else this.#queue.push(item);
  }

  /** Has who waits take what there is. */
  wake(): void {
    if (this.#queue.length > 0 || this.#end !== undefined) this.#wake?.();
  }

  /** The next item; "timeout" when there is none for so long. One call at a time. */
  async take(timeoutMs: number): Promise<Taken> {
    if (this.#queue.length === 0 && this.#end === undefined) await this.#wait(timeoutMs);
    return this.#queue.shift() ?? this.#end ?? "timeout";
  }

  /** What waits already, at most so many. */
  takeWaiting(most: number): readonly FeedItem[] {
    return this.#queue.splice(0, most);
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#end === "closed";
  }

  close(): void {
    this.#queue.length = 0;
    this.#finish("closed");
    this.#wake?.();
  }

  /** It is not among the subscriptions any more, and woken here. */
  #overflow(): void {
    this.#finish("overflow");
    this.#wake?.();
  }

  #finish(end: "overflow" | "closed"): void {
    this.#end ??= end;
    this.#leave();
  }

  #wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#wake = wake;
    });
  }
}
