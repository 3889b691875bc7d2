// The clocks of one director's machine: they run with the segment's, but for the time in which the machine is suspended. Meanwhile its
// monotonic clock stands still, no timer fires, and nothing reaches it.

import type { CreateTimer, MachineClock } from "../../agent/base/clock.ts";
import { after, type Instant, instant, type Milliseconds, milliseconds } from "../../agent/base/duration.ts";
import type { VirtualClock } from "../../agent/kernel/memory/clock.ts";

/** A machine that can be suspended. */
export class Machine implements MachineClock {
  readonly #segment: VirtualClock;
  #stoodStill = milliseconds(0);
  #suspendedAt: Instant | undefined;
  /** The last deadline that has come: it is past, however the sum and the difference of two fractions come out. */
  #reached = instant(0);
  readonly #timers = new Set<() => void>();

  constructor(segment: VirtualClock) {
    this.#segment = segment;
  }

  now(): Instant {
    return instant(Math.max((this.#suspendedAt ?? this.#segment.now()) - this.#stoodStill, this.#reached));
  }

  sinceBoot(): Milliseconds {
    return milliseconds(this.#segment.now());
  }

  wall(): number {
    return this.#segment.wall();
  }

  isSuspended(): boolean {
    return this.#suspendedAt !== undefined;
  }

  suspend(): void {
    this.#suspendedAt ??= this.#segment.now();
  }

  /** The machine goes on: what its timers waited for comes as much later. */
  resume(): void {
    if (this.#suspendedAt === undefined) return;
    this.#stoodStill = milliseconds(this.#stoodStill + this.#segment.now() - this.#suspendedAt);
    this.#suspendedAt = undefined;
    for (const arm of this.#timers) arm();
  }

  readonly createTimer: CreateTimer = (onDeadline) => {
    let wished: Instant | undefined;
    const timer = this.#segment.createTimer(() => {
      if (this.isSuspended()) return;
      this.#reached = wished ?? this.#reached;
      wished = undefined;
      onDeadline();
    });
    const arm = () => timer.arm(wished === undefined ? undefined : after(wished, this.#stoodStill));
    this.#timers.add(arm);
    return {
      arm: (at) => {
        wished = at;
        arm();
      },
      close: () => {
        this.#timers.delete(arm);
        timer.close();
      },
    };
  };
}
