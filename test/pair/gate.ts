// What stands between a director's process and its kernel: open while the process runs; while it is stopped (SIGSTOP) everything waits
// and comes through at once afterwards; for a process that is gone nothing comes through any more.

import type { CreateTimer } from "../../agent/base/clock.ts";
import type { Instant } from "../../agent/base/duration.ts";
import type { Random } from "../../agent/base/random.ts";
import type { LinksPort } from "../../agent/kernel/links.ts";
import type { NeighbourWatchPort } from "../../agent/kernel/neighbour-watch.ts";
import type { VrrpSocketPort } from "../../agent/kernel/vrrp-socket.ts";

/** How a machine receives. */
export interface Receiving {
  /** The share of datagrams that arrive twice. */
  readonly duplicates: () => number;
  /** Whether the machine runs: what reaches one that is suspended is lost. */
  readonly isOn: () => boolean;
  /** The machine's clock, by which its kernel notes an arrival. */
  readonly now: () => Instant;
}

/** One process's life. */
export class Gate {
  #state: "open" | "paused" | "gone" = "open";
  #waiting: { readonly isTimer: boolean; readonly action: () => void }[] = [];
  readonly #closers: (() => void)[] = [];

  isOpen(): boolean {
    return this.#state === "open";
  }

  pause(): void {
    if (this.#state === "open") this.#state = "paused";
  }

  /** Goes on: what waited is let through, a timer before or after the datagrams as chance has it. */
  resume(random: Random): void {
    if (this.#state !== "paused") return;
    this.#state = "open";
    const waiting = this.#waiting;
    this.#waiting = [];
    const timersFirst = random() < 0.5;
    const [timers, others] = [waiting.filter(({ isTimer }) => isTimer), waiting.filter(({ isTimer }) => !isTimer)];
    for (const { action } of timersFirst ? [...timers, ...others] : [...others, ...timers]) action();
  }

  /** SIGKILL: the kernel closes what was open, and nothing else happens. */
  kill(): void {
    this.#state = "gone";
    for (const close of this.#closers) close();
  }

  timers(create: CreateTimer): CreateTimer {
    return (onDeadline) => {
      const timer = create(() => this.#pass(true, onDeadline));
      this.#closers.push(() => timer.close());
      return timer;
    };
  }

  sockets(port: VrrpSocketPort, random: Random, receiving: Receiving): VrrpSocketPort {
    return {
      open: (options) => {
        const socket = port.open({
          ...options,
          onDatagram: (datagram) => {
            if (!receiving.isOn()) return;
            const received = { ...datagram, receivedAt: receiving.now() };
            this.#pass(false, () => options.onDatagram(received));
            if (random() < receiving.duplicates()) this.#pass(false, () => options.onDatagram(received));
          },
        });
        this.#closers.push(() => socket.close());
        return socket;
      },
    };
  }

  neighbourWatches(port: NeighbourWatchPort, isOn: () => boolean): NeighbourWatchPort {
    return {
      open: (options) => {
        const onFrame = (frame: Uint8Array) => {
          if (isOn()) this.#pass(false, () => options.onFrame(frame));
        };
        const watch = port.open({ ...options, onFrame });
        this.#closers.push(() => watch.close());
        return watch;
      },
    };
  }

  links(port: LinksPort): LinksPort {
    return {
      links: () => port.links(),
      link: (index) => port.link(index),
      addresses: () => port.addresses(),
      putAddress: (wished) => port.putAddress(wished),
      removeAddress: (wished) => port.removeAddress(wished),
      makeLink: (wished) => port.makeLink(wished),
      removeLink: (index) => port.removeLink(index),
      watch: (onChange) => {
        const watch = port.watch((change) => this.#pass(false, () => onChange(change)));
        this.#closers.push(() => watch.close());
        return watch;
      },
      close: () => {},
    };
  }

  #pass(isTimer: boolean, action: () => void): void {
    if (this.#state === "open") action();
    else if (this.#state === "paused") this.#waiting.push({ isTimer, action });
  }
}
