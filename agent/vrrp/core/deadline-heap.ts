// The deadlines of many owners, the earliest on top: a binary heap that knows each owner's place, so that a deadline is changed in
// O(log n). Two thousand instances share one timer through it.

import type { Instant } from "../../base/duration.ts";

interface Entry<Owner> {
  readonly owner: Owner;
  at: Instant;
}

/** At most one deadline for each owner. */
export class DeadlineHeap<Owner> {
  readonly #entries: Entry<Owner>[] = [];
  readonly #places = new Map<Owner, number>();

  /** The earliest deadline; undefined when nobody has one. */
  earliest(): Instant | undefined {
    return this.#entries[0]?.at;
  }

  /** The earliest deadline and whose it is; undefined when nobody has one. It stays until its owner sets another. */
  first(): { readonly owner: Owner; readonly at: Instant } | undefined {
    return this.#entries[0];
  }

  /** Sets the owner's deadline in place of an earlier one; undefined: it has none. */
  set(owner: Owner, at: Instant | undefined): void {
    const place = this.#places.get(owner);
    if (at === undefined) this.#remove(place);
    else if (place === undefined) this.#rise(this.#append({ owner, at }));
    else this.#change(place, at);
  }

  #append(entry: Entry<Owner>): number {
    this.#places.set(entry.owner, this.#entries.length);
    return this.#entries.push(entry) - 1;
  }

  #change(place: number, at: Instant): void {
    const entry = this.#entries[place];
    if (entry === undefined) return;
    entry.at = at;
    this.#sink(this.#rise(place));
  }

  #remove(place: number | undefined): void {
    const removed = place === undefined ? undefined : this.#entries[place];
    const last = this.#entries.at(-1);
    if (place === undefined || removed === undefined || last === undefined) return;
    this.#entries.pop();
    this.#places.delete(removed.owner);
    if (last === removed) return;
    this.#put(last, place);
    this.#sink(this.#rise(place));
  }

  #rise(start: number): number {
    let place = start;
    while (place > 0 && this.#isBefore(place, (place - 1) >> 1)) {
      this.#swap(place, (place - 1) >> 1);
      place = (place - 1) >> 1;
    }
    return place;
  }

  #sink(start: number): void {
    let place = start;
    for (;;) {
      const left = 2 * place + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, place)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  /** A place beyond the end comes after everything. */
  #isBefore(a: number, b: number): boolean {
    const left = this.#entries[a];
    const right = this.#entries[b];
    return left !== undefined && right !== undefined && left.at < right.at;
  }

  #swap(a: number, b: number): void {
    const left = this.#entries[a];
    const right = this.#entries[b];
    if (left === undefined || right === undefined) return;
    this.#put(left, b);
    this.#put(right, a);
  }

  #put(entry: Entry<Owner>, place: number): void {
    this.#entries[place] = entry;
    this.#places.set(entry.owner, place);
  }
}
