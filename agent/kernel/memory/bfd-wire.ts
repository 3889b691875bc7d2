// A network that carries BFD between hosts in memory: a datagram reaches whoever listens at its destination after a delay, or is lost, as the test
// wishes. Time is the virtual clock's, chance is the test's seed.

import { familyOf, type IpAddress } from "../../base/address.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { Random } from "../../base/random.ts";
import type { BfdListenOptions, BfdSender, BfdSendOptions, BfdSocketPort } from "../bfd-socket.ts";
import type { VirtualClock } from "./clock.ts";

/** How the network treats what crosses it. */
export interface BfdConditions {
  readonly delay: () => Milliseconds;
  /** The share that is lost, 0 to 1, by who sends. */
  readonly loss: (from: IpAddress) => number;
  /** How many routers a datagram crosses. */
  readonly hops: number;
}

interface Listening {
  readonly host: IpAddress;
  readonly options: BfdListenOptions;
}

/** A network of hosts with an address each. */
export class BfdWire {
  /** May be replaced at any time. */
  conditions: BfdConditions = { delay: () => milliseconds(0), loss: () => 0, hops: 0 };
  /** What every host sent and when, with the ports. */
  readonly sent: {
    readonly at: Instant;
    readonly from: IpAddress;
    readonly options: BfdSendOptions;
    readonly payload: Uint8Array;
  }[] = [];
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #listening = new Set<Listening>();

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The sockets of a host with this address. */
  attach(host: IpAddress): BfdSocketPort {
    return {
      listen: (options) => this.#listen({ host, options }),
      open: (options) => this.#open(host, options),
    };
  }

  /** Puts a datagram on the network that no host has sent. */
  inject(from: IpAddress, to: IpAddress, port: number, timeToLive: number, payload: Uint8Array): void {
    const { delay, loss, hops } = this.conditions;
    if (this.#random() < loss(from)) return;
    this.#clock.at(after(this.#clock.now(), delay()), () => {
      for (const { host, options } of this.#listening)
        if (host === to && options.port === port && options.family === familyOf(to))
          options.onDatagram({
            ...{ source: from, destination: to, timeToLive: timeToLive - hops, payload: payload.slice() },
            receivedAt: this.#clock.now(),
          });
    });
  }

  #listen(listening: Listening): { close(): void } {
    for (const { host, options } of this.#listening)
      if (
        host === listening.host &&
        options.port === listening.options.port &&
        options.family === listening.options.family
      )
        throw Object.assign(new Error("bind: EADDRINUSE"), { code: "EADDRINUSE" });
    this.#listening.add(listening);
    return { close: () => this.#listening.delete(listening) };
  }

  #open(host: IpAddress, options: BfdSendOptions): BfdSender {
    if (options.source !== undefined && options.source !== host)
      throw Object.assign(new Error("bind: EADDRNOTAVAIL"), { code: "EADDRNOTAVAIL" });
    return {
      send: (payload) => {
        this.sent.push({ at: this.#clock.now(), from: host, options, payload });
        this.inject(host, options.destination, options.port, options.timeToLive, payload);
      },
      close: () => {},
    };
  }
}
