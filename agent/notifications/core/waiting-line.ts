// A bounded queue in front of whatever may be slow: a script, a pipe, a mail server. When it is full the oldest goes, since the newest tells
// how things are now; what went is counted until somebody has been told.

/** A queue of so many items at most. */
export class WaitingLine<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item at the end; gives the one that had to go for it. */
  push(item: T): T | undefined {
    this.#items.push(item);
    if (this.#items.length <= this.#capacity) return undefined;
    this.#dropped += 1;
    return this.#items.shift();
  }

  /** The first item; it stays. */
  first(): T | undefined {
    return this.#items[0];
  }

  /** Takes the first item out. */
  shift(): T | undefined {
    return this.#items.shift();
  }

  /** How many were dropped since this was asked last. */
  takeDropped(): number {
    const count = this.#dropped;
    this.#dropped = 0;
    return count;
  }
}
