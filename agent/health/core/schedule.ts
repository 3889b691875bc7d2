// Deadlines of many checkers: a binary heap with a map from key to place, so that setting, moving and removing one of n costs O(log n).

import type { Instant } from "../../base/duration.ts";

interface Entry<Key> {
  readonly key: Key;
  readonly at: Instant;
}

/** At most one deadline per key. Plain memory: no clock and no timer. */
export class Schedule<Key> {
  readonly #heap: Entry<Key>[] = [];
  readonly #places = new Map<Key, number>();

  /** How many keys have a deadline. */
  get size(): number {
    return this.#heap.length;
  }

  /** Sets or moves the deadline of a key; undefined removes it. */
  set(key: Key, at: Instant | undefined): void {
    if (at === undefined) return this.remove(key);
    const place = this.#places.get(key) ?? this.#heap.length;
    this.#put(place, { key, at });
    this.#settle(place);
  }

  /** Forgets a key's deadline; harmless when it has none. */
  remove(key: Key): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#places.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || place === this.#heap.length) return;
    this.#put(place, last);
    this.#settle(place);
  }

  /** The earliest deadline. */
  next(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Takes out the key with the earliest deadline if that is not after `now`. */
  takeDue(now: Instant): Key | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.remove(first.key);
    return first.key;
  }

  #settle(place: number): void {
    this.#sink(this.#rise(place));
  }

  #rise(from: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#at(parent) <= this.#at(place)) break;
      this.#swap(place, parent);
      place = parent;
    }
    return place;
  }

  #sink(from: number): void {
    for (let place = from; ; ) {
      const left = 2 * place + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(place) <= this.#at(least)) return;
      this.#swap(place, least);
      place = least;
    }
  }

  /** A place outside the heap counts as never. */
  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#put(a, second);
    this.#put(b, first);
  }

  #put(place: number, entry: Entry<Key>): void {
    this.#heap[place] = entry;
    this.#places.set(entry.key, place);
  }
}
