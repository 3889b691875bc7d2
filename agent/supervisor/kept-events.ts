// What a child has told or wants to tell control, until control says that it is in the journal: a control that dies takes nothing with it.

import type { Event } from "../events/event.ts";
import type { EventReport } from "./protocol.ts";

/** Events kept for a control that is away. */
const capacity = 1000;

/** The events that control has not noted yet, in order. */
export class KeptEvents {
  #events: EventReport[] = [];
  #last = 0;
  #sent = 0;
  #forgotten = 0;

  /** Numbers an event and keeps it. */
  add(event: Event, at: number): EventReport {
    this.#last += 1;
    const report: EventReport = { kind: "event", number: this.#last, event, at };
    this.#events.push(report);
    const gone = this.#events.length > capacity ? this.#events.shift() : undefined;
    // One that was sent is lost only if control has died since; nobody has heard of the others.
    if (gone !== undefined && gone.number > this.#sent) this.#forgotten += 1;
    return report;
  }

  /** Everything up to the last one has been sent. */
  sent(): void {
    this.#sent = this.#last;
  }

  /** Control has everything up to this number. */
  noted(upTo: number): void {
    this.#events = this.#events.filter(({ number }) => number > upTo);
  }

  /** What a control that has just come should be told. */
  all(): readonly EventReport[] {
    return this.#events;
  }

  /** How many could not be kept since this was asked last. */
  takeForgotten(): number {
    const count = this.#forgotten;
    this.#forgotten = 0;
    return count;
  }
}
