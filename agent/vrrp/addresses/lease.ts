// When leased addresses are renewed: every third of the lease, a part in each call, so that no advertisement waits behind thousands of them.

import { after, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";

/** The lease of things that are renewed together. */
export class Lease<Thing> {
  #length: Milliseconds = milliseconds(0);
  #renewAt: Instant | undefined;
  #toRenew: Thing[] = [];

  /** How long the kernel keeps what is put without renewal; undefined: for ever. */
  get validFor(): Milliseconds | undefined {
    return this.#length === 0 ? undefined : this.#length;
  }

  /** Sets the length (0: for ever); everything is renewed by it from now on, what has just been renewed by another one, too. */
  setLength(length: Milliseconds, now: Instant): void {
    if (length === this.#length) return;
    this.#length = length;
    this.renewAllAt(now);
  }

  /** Starts to renew, unless it has begun already. */
  begin(now: Instant): void {
    this.#renewAt ??= after(now, this.#interval());
  }

  /** Renews everything at this time. */
  renewAllAt(at: Instant): void {
    this.#renewAt = at;
    this.#toRenew = [];
  }

  /** When to renew next; undefined when nothing has been begun. */
  nextDeadline(): Instant | undefined {
    return this.#renewAt;
  }

  /** The part of `all` that is to be renewed now. */
  due(now: Instant, all: Iterable<Thing>): readonly Thing[] {
    if (this.#renewAt === undefined || this.#renewAt > now) return [];
    if (this.#toRenew.length === 0) this.#toRenew = [...all];
    const part = this.#toRenew.splice(0, renewedAtOnce);
    if (this.#toRenew.length === 0) this.#renewAt = after(now, this.#interval());
    return part;
  }

  #interval(): Milliseconds {
    return this.#length === 0 ? longestRenewal : milliseconds(this.#length / renewalsInLease);
  }
}

/** Two renewals may fail before the third comes too late. */
const renewalsInLease = 3;

/** How often addresses without a lease are put again, so that lost ones come back. */
const longestRenewal = milliseconds(10_000);

const renewedAtOnce = 64;
