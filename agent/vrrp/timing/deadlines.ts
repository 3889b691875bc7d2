// The deadlines of all instances, and whose turn it is. Masters go first, so that a thousand takeovers at a time do not hold up the
// advertisements of those that have taken over already; advertisements that are nearly due leave together with those that are due.

import type { Instant } from "../../base/duration.ts";
import { DeadlineHeap } from "../core/deadline-heap.ts";
import { nextDeadline } from "../core/instance-state.ts";
import { mostEarly } from "../core/timers.ts";
import type { RunningInstance } from "../instances/running-instance.ts";

/** An instance whose deadline has come, and when that was or will be. */
export interface Due {
  readonly owner: RunningInstance;
  readonly at: Instant;
}

/** What all instances wait for. */
export class Deadlines {
  readonly #masters = new DeadlineHeap<RunningInstance>();
  readonly #others = new DeadlineHeap<RunningInstance>();
  #othersFrom: Instant | undefined;

  /** Lets only masters have their turn until then: what waits unread may say that nobody has to take over. */
  holdTakeovers(until: Instant): void {
    this.#othersFrom = until;
  }

  /** Takes in what the instance waits for in its state. */
  note(instance: RunningInstance): void {
    const at = nextDeadline(instance.state);
    const isMaster = instance.state.kind === "master";
    this.#masters.set(instance, isMaster ? at : undefined);
    this.#others.set(instance, isMaster ? undefined : at);
  }

  /** Takes an instance out that has ended. */
  forget(instance: RunningInstance): void {
    this.#masters.set(instance, undefined);
    this.#others.set(instance, undefined);
  }

  /** The instance that is to be stepped next; undefined when nobody's deadline has come. */
  due(now: Instant): Due | undefined {
    return this.dueMaster(now) ?? this.#dueOther(now);
  }

  /** The earliest deadline of all; undefined when nobody waits for one. */
  earliest(): Instant | undefined {
    const [master, other] = [this.#masters.earliest(), this.#earliestOther()];
    return master === undefined || (other !== undefined && other < master) ? other : master;
  }

  /** The first of the masters and the first of the others, whoever comes first; of these only who may have its turn at its deadline. */
  *upcoming(): Iterable<RunningInstance> {
    const [master, other] = [this.#masters.first(), this.#others.first()];
    const isFree = other !== undefined && this.#earliestOther() === other.at;
    if (isFree && (master === undefined || other.at < master.at)) yield other.owner;
    if (master !== undefined) yield master.owner;
  }

  /** The first master whose deadline has come, or so nearly that it may leave together with those that are due: its cadence stays. */
  dueMaster(now: Instant): Due | undefined {
    const first = this.#masters.first();
    if (first === undefined) return undefined;
    return first.at - mostEarly(first.owner.config) <= now ? first : undefined;
  }

  #dueOther(now: Instant): Due | undefined {
    const first = this.#others.first();
    if (first === undefined || first.at > now) return undefined;
    return this.#othersFrom === undefined || this.#othersFrom <= now ? first : undefined;
  }

  #earliestOther(): Instant | undefined {
    const at = this.#others.earliest();
    return at !== undefined && this.#othersFrom !== undefined && this.#othersFrom > at ? this.#othersFrom : at;
  }
}
