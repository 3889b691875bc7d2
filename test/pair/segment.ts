// Several directors on one virtual segment and clock, each a whole VrrpDriver on a kernel in memory. Nothing here is random but by the seed.

import { type IpAddress, ip } from "../../agent/base/address.ts";
import { silentLog } from "../../agent/base/log.ts";
import { type Random, seededRandom } from "../../agent/base/random.ts";
import type { VrrpModel } from "../../agent/config/model.ts";
import type { Event, VrrpState } from "../../agent/events/event.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryLinks } from "../../agent/kernel/memory/links.ts";
import { type Station, vrrpSocketsOf, Wire } from "../../agent/kernel/memory/wire.ts";
import type { VrrpSocketPort } from "../../agent/kernel/vrrp-socket.ts";
import type { BelongingsPorts } from "../../agent/vrrp/belongings/belongings.ts";
import type { TrackerReading } from "../../agent/vrrp/core/tracking/tracking.ts";
import { VrrpDriver } from "../../agent/vrrp/driver.ts";
import { runtimeKeys } from "../../agent/vrrp/sockets/key-ports.ts";
import type { Finding } from "../../agent/vrrp/tracking/watcher.ts";
import { Gate } from "./gate.ts";
import { Machine } from "./machine.ts";
import { TestMemory } from "./memory.ts";

export { instanceModel, vrrpModel } from "../support/vrrp-defaults.ts";

/** The interface index of every director's only interface. */
export const eth0 = 2;

/** That of the second one, where there are two segments. */
export const eth1 = 3;

/** One segment with its directors. */
export class Segment {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly wire: Wire;
  readonly directors: Director[] = [];
  /** A second segment: directors added while it is there have eth1 at 10.8.0.NUMBER on it. */
  back: Wire | undefined;
  #duplicates = 0;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    this.wire = new Wire(this.clock, this.random);
  }

  /** Plugs in a director at 10.9.0.NUMBER that is not started yet. */
  add(number: number, model: VrrpModel): Director {
    const director = new Director(this, number, model);
    this.directors.push(director);
    return director;
  }

  /** Lets this share of datagrams arrive twice. */
  duplicate(share: number): void {
    this.#duplicates = share;
  }

  /** The share of datagrams that arrive twice. */
  duplicates(): number {
    return this.#duplicates;
  }

  /** The names of those whose instance is master. */
  masters(): string[] {
    return this.directors.filter((director) => director.stateOf() === "master").map(({ name }) => name);
  }
}

/** A director with one interface. */
export class Director {
  readonly name: string;
  readonly address: IpAddress;
  readonly links: MemoryLinks;
  readonly memory = new TestMemory();
  readonly machine: Machine;
  readonly events: Event[] = [];
  model: VrrpModel;
  driver: VrrpDriver | undefined;
  gate: Gate | undefined;
  /** What its instances have besides addresses is kept with these; nothing unless a test gives them. */
  belongings: BelongingsPorts | undefined;
  /** Tells the driver what is found of scripts, processes and files. */
  tell: (finding: Finding) => void = () => {};
  /** What is known of BFD sessions. */
  readonly sessions = new Map<string, TrackerReading>();
  readonly #segment: Segment;
  readonly #station: Station;
  readonly #sockets: VrrpSocketPort;

  constructor(segment: Segment, number: number, model: VrrpModel) {
    this.name = `d${number}`;
    this.address = ip(`10.9.0.${number}`);
    this.model = model;
    this.#segment = segment;
    this.machine = new Machine(segment.clock);
    this.links = new MemoryLinks(segment.clock, [{ index: eth0, name: "eth0" }]);
    this.links.putAddress({ linkIndex: eth0, address: this.address, prefixLength: 24 });
    this.#station = segment.wire.attach({ director: this.name, links: this.links, linkIndex: eth0 });
    this.#sockets = this.#station.vrrpSockets;
    if (segment.back === undefined) return;
    this.links.setLink(eth1, { name: "eth1" });
    this.links.putAddress({ linkIndex: eth1, address: ip(`10.8.0.${number}`), prefixLength: 24 });
    const second = segment.back.attach({ director: this.name, links: this.links, linkIndex: eth1 });
    this.#sockets = vrrpSocketsOf([this.#station, second]);
  }

  /** Starts a process on this director. */
  start(): this {
    this.#begin().configure(this.model);
    return this;
  }

  /** A process that comes only to remove what the one before has left. */
  startAndStop(): void {
    this.#begin();
    this.stop();
  }

  #begin(): VrrpDriver {
    const { random } = this.#segment;
    const { machine } = this;
    const gate = new Gate();
    this.gate = gate;
    this.driver = new VrrpDriver({
      clock: machine,
      createTimer: gate.timers(machine.createTimer),
      links: gate.links(this.links),
      vrrpSockets: gate.sockets(this.#sockets, random, machine, { duplicates: () => this.#segment.duplicates() }),
      frames: this.#station.frameSockets,
      neighbourWatches: gate.neighbourWatches(this.#station.neighbourWatches, () => !machine.isSuspended()),
      report: (event) => this.events.push(event),
      log: silentLog,
      memory: this.memory,
      keys: runtimeKeys,
      rehearses: false,
      readSession: (name) => this.sessions.get(name),
      createWatcher: (onFinding) => {
        this.tell = (finding) => this.isRunning() && onFinding(finding);
        return { configure: () => {}, close: () => {} };
      },
      ...(this.belongings !== undefined && { belongings: this.belongings }),
    });
    return this.driver;
  }

  configure(model: VrrpModel): void {
    this.model = model;
    if (this.isRunning()) this.driver?.configure(model);
  }

  kill(): void {
    this.gate?.kill();
    this.driver = undefined;
    this.gate = undefined;
  }

  stop(): void {
    this.driver?.stop({ keep: false });
    this.kill();
  }

  /** Suspends the whole machine. */
  suspend(): void {
    this.machine.suspend();
    this.gate?.pause();
  }

  /** Lets machine and process go on. */
  resume(): void {
    this.machine.resume();
    this.gate?.resume(this.#segment.random);
  }

  isRunning(): boolean {
    return this.gate?.isOpen() === true && !this.machine.isSuspended();
  }

  stateOf(instance = "web"): VrrpState | "not running" {
    return this.driver?.state().find(({ name }) => name === instance)?.state ?? "not running";
  }

  /** The virtual addresses of the model that are on its interface. */
  held(): IpAddress[] {
    const addresses = this.model.instances.flatMap(({ virtualAddresses }) => virtualAddresses);
    return addresses.map(({ address }) => address).filter((address) => this.links.has(address));
  }
}
