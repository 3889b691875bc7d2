// Hosts that run BFD drivers on one network in memory, on one virtual clock.

import { type IpAddress, ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import { seededRandom } from "../../agent/base/random.ts";
import { BfdDriver } from "../../agent/bfd/driver.ts";
import type { SessionReading } from "../../agent/bfd/view.ts";
import type { BfdSessionModel } from "../../agent/config/model.ts";
import type { BfdSessionChanged, Event } from "../../agent/events/event.ts";
import { BfdWire } from "../../agent/kernel/memory/bfd-wire.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";

/** A session with what matters; the rest is keepalived's defaults. */
export function session(neighbour: string, some: Partial<BfdSessionModel> = {}): BfdSessionModel {
  return {
    ...{ name: `to ${neighbour}`, neighbour: ip(neighbour), sourceAddress: undefined, multihop: false, passive: false },
    ...{ minRx: milliseconds(10), minTx: milliseconds(10), idleTx: milliseconds(1000), multiplier: 5 },
    ...{ timeToLive: 255, maxHops: 0 },
    ...some,
  };
}

/** One host: its driver, what it reported, and what it remembers across processes. */
export class Host {
  readonly address: IpAddress;
  readonly events: Event[] = [];
  readonly told: { readonly name: string; readonly reading: SessionReading | undefined }[] = [];
  notes: ReadonlyMap<string, string> = new Map();
  driver: BfdDriver;
  readonly #world: World;

  constructor(world: World, address: string) {
    this.#world = world;
    this.address = ip(address);
    this.driver = this.#start();
  }

  /** The process is gone without a word, and another one begins. */
  crash(): void {
    this.driver.handOver();
    this.driver = this.#start();
  }

  /** The state of its only session. */
  get state(): string | undefined {
    return this.driver.views()[0]?.state;
  }

  /** Whether each change was to up, in their order. */
  get changes(): readonly boolean[] {
    return this.events
      .filter((event): event is BfdSessionChanged => event.kind === "bfd-session-changed")
      .map(({ up }) => up);
  }

  #start(): BfdDriver {
    const { clock, wire, random } = this.#world;
    return new BfdDriver({
      ...{ clock, createTimer: clock.createTimer, random, sockets: wire.attach(this.address), log: silentLog },
      memory: { load: () => this.notes, save: (notes) => (this.notes = new Map(notes)) },
      report: (event) => this.events.push(event),
      onChange: (name, reading) => this.told.push({ name, reading }),
    });
  }
}

/** Hosts on one network. */
export class World {
  readonly clock = new VirtualClock();
  readonly random;
  readonly wire: BfdWire;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    this.wire = new BfdWire(this.clock, this.random);
  }

  host(address: string): Host {
    return new Host(this, address);
  }

  /** Two hosts with a session between them. */
  pair(some: Partial<BfdSessionModel> = {}, other: Partial<BfdSessionModel> = some): readonly [Host, Host] {
    const [a, b] = [this.host("10.9.0.1"), this.host("10.9.0.2")];
    a.driver.configure([session("10.9.0.2", some)]);
    b.driver.configure([session("10.9.0.1", other)]);
    return [a, b];
  }

  wait(ms: number): void {
    this.clock.advance(milliseconds(ms));
  }

  /** Nothing that this host sends arrives any more. */
  mute(...hosts: readonly Host[]): void {
    const muted = new Set(hosts.map(({ address }) => address));
    this.wire.conditions = { ...this.wire.conditions, loss: (from) => (muted.has(from) ? 1 : 0) };
  }
}
