// The twin of the thread that sends at a time: it runs by the clock of its machine, and with the process.

import type { CreateTimer, MachineClock, Timer } from "../../base/clock.ts";
import type { Instant } from "../../base/duration.ts";
import type { Departed, Departure, OutgoingDatagram, VrrpSocket } from "../vrrp-socket.ts";

interface Waiting {
  readonly datagrams: readonly OutgoingDatagram[];
  readonly latest: Instant;
  readonly unlessUnread: boolean;
  /** How long the machine had been suspended when they were set. */
  readonly suspended: number;
}

/** The departure of one socket in memory. */
export class MemoryDeparture implements Departure {
  readonly #clock: MachineClock;
  readonly #timer: Timer;
  readonly #send: VrrpSocket["send"];
  readonly #hasUnread: () => boolean;
  #waiting: Waiting | undefined;
  #left: Departed | undefined;

  /** `hasUnread`: something has come to the socket that its owner has not heard of. */
  constructor(
    clock: MachineClock,
    createTimer: CreateTimer,
    send: VrrpSocket["send"],
    hasUnread: () => boolean = () => false,
  ) {
    this.#clock = clock;
    this.#send = send;
    this.#hasUnread = hasUnread;
    this.#timer = createTimer(() => this.#depart());
  }

  set(datagrams: readonly OutgoingDatagram[], at: Instant, latest: Instant, unlessUnread = false): void {
    this.#left = undefined;
    this.#waiting = { datagrams, latest, unlessUnread, suspended: this.#suspended() };
    this.#timer.arm(at);
  }

  takeBack(): Departed | undefined {
    const left = this.#left;
    this.#waiting = undefined;
    this.#left = undefined;
    this.#timer.arm(undefined);
    return left;
  }

  #depart(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const now = this.#clock.now();
    if (waiting === undefined || now > waiting.latest || this.#suspended() - waiting.suspended > rounding) return;
    if (waiting.unlessUnread && this.#hasUnread()) return;
    try {
      this.#left = { at: now, count: this.#send(waiting.datagrams) };
    } catch {
      // Whoever sends it anew hears why.
    }
  }

  #suspended(): number {
    return this.#clock.sinceBoot() - this.#clock.now();
  }
}

/** Times are sums of fractions. */
const rounding = 0.001;
