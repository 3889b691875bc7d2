// The ledger of what is on its way: which events still have something to be done about them. It knows up to which number everything has
// been done, and that is what a restart goes on from.

/** Open deliveries by the number of their event. Numbers are added in increasing order. */
export class Ledger {
  readonly #open = new Map<number, number>();
  #cursor: number;
  #seen: number;

  /** `cursor`: up to this number everything was done before. */
  constructor(cursor: number) {
    this.#cursor = cursor;
    this.#seen = cursor;
  }

  /** The highest number up to which everything has been done. */
  get cursor(): number {
    return this.#cursor;
  }

  /** The highest number that was added. */
  get seen(): number {
    return this.#seen;
  }

  /** An event has so many deliveries; with none it is done. */
  add(sequence: number, deliveries: number): void {
    this.#seen = Math.max(this.#seen, sequence);
    if (deliveries > 0) this.#open.set(sequence, deliveries);
    this.#advance();
  }

  /** One delivery of the event has been done, or given up. */
  done(sequence: number): void {
    const open = this.#open.get(sequence);
    if (open === undefined) return;
    if (open > 1) this.#open.set(sequence, open - 1);
    else this.#open.delete(sequence);
    this.#advance();
  }

  #advance(): void {
    const [oldest] = this.#open.keys();
    this.#cursor = oldest === undefined ? this.#seen : oldest - 1;
  }
}
