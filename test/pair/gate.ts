// What stands between a director's process and its kernel: open while the process runs; while it is stopped (SIGSTOP) everything waits
// and comes through at once afterwards; for a process that is gone nothing comes through any more.

import type { CreateTimer } from "../../agent/base/clock.ts";
import type { Random } from "../../agent/base/random.ts";
import type { LinksPort } from "../../agent/kernel/links.ts";
import { MemoryDeparture } from "../../agent/kernel/memory/departure.ts";
import type { NeighbourWatchPort } from "../../agent/kernel/neighbour-watch.ts";
import type { OutgoingDatagram, ReceivedDatagram, VrrpSocketPort } from "../../agent/kernel/vrrp-socket.ts";
import type { Machine } from "./machine.ts";

/** How a machine receives. */
export interface Receiving {
  /** The share of datagrams that arrive twice. */
  readonly duplicates: () => number;
}

/** One process's life. */
export class Gate {
  #state: "open" | "busy" | "paused" | "gone" = "open";
  #waiting: { readonly isTimer: boolean; readonly action: () => void }[] = [];
  readonly #closers: (() => void)[] = [];

  isOpen(): boolean {
    return this.#state === "open";
  }

  pause(): void {
    if (this.#state === "open") this.#state = "paused";
  }

  /** The thread that decides works on something long; the one that sends at a time goes on. */
  holdUp(): void {
    if (this.#state === "open") this.#state = "busy";
  }

  /** Goes on: what waited is let through, a timer before or after the datagrams as chance has it. */
  resume(random: Random): void {
    if (this.#state !== "paused" && this.#state !== "busy") return;
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
    return this.#timers(create, (onDeadline) => this.#pass(true, onDeadline));
  }

  #timers(create: CreateTimer, pass: (onDeadline: () => void) => void): CreateTimer {
    return (onDeadline) => {
      const timer = create(() => pass(onDeadline));
      this.#closers.push(() => timer.close());
      return timer;
    };
  }

  /** What is to leave at a time leaves by the machine's clock, and not while the process is stopped. */
  sockets(port: VrrpSocketPort, random: Random, machine: Machine, receiving: Receiving): VrrpSocketPort {
    return {
      open: (options) => {
        let unread = 0;
        const hear = (datagram: ReceivedDatagram) => {
          unread += 1;
          this.#pass(false, () => {
            options.onDatagram(datagram);
            unread -= 1;
          });
        };
        const socket = port.open({
          ...options,
          onDatagram: (datagram) => {
            if (machine.isSuspended()) return;
            const received = { ...datagram, receivedAt: machine.now() };
            hear(received);
            if (random() < receiving.duplicates()) hear(received);
          },
        });
        const send = (datagrams: readonly OutgoingDatagram[]) => socket.send(datagrams);
        const createTimer = this.#timers(machine.createTimer, (depart) =>
          this.#state === "busy" ? depart() : this.#pass(true, depart),
        );
        const departure = new MemoryDeparture(machine, createTimer, send, () => unread > 0);
        const close = () => {
          departure.takeBack();
          socket.close();
        };
        this.#closers.push(close);
        return { send, departure, close };
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
    else if (this.#state !== "gone") this.#waiting.push({ isTimer, action });
  }
}
