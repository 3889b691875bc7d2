// What the driver notes for the process after it, and what it was left by the one before: slots for the beats, and a record that is
// written at once when a state changes, but in a storm of changes only now and then.

import { after, type Instant, milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import { routerKey } from "../core/configuration-change.ts";
import { silenceOf } from "../core/master-occurrences.ts";
import type { ResumeInstance } from "../core/resume-record.ts";
import { longestSilence } from "../core/timers.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ResumeMemory } from "./resume-memory.ts";

/** The notes of one driver. */
export class ResumeNotes {
  readonly #memory: ResumeMemory;
  readonly #now: () => Instant;
  #left: ReadonlyMap<string, ResumeInstance> = new Map();
  #addressesLeft: ReadonlySet<string> = new Set();
  readonly #slots = new Set<number>();
  readonly #freeSlots: number[] = [];
  #nextSlot = 0;
  readonly #beats = new Map<number, Instant>();
  #changed = false;
  #saveAt: Instant | undefined;
  #savedAt: Instant | undefined;

  constructor(memory: ResumeMemory, now: () => Instant) {
    this.#memory = memory;
    this.#now = now;
  }

  /** Reads what the process before has left. */
  read(): void {
    const left = this.#memory.load() ?? [];
    this.#left = new Map(left.map((instance) => [routerKey(instance), instance]));
    this.#addressesLeft = new Set(left.flatMap(({ addresses }) => addresses.map(keyOf)));
    this.#nextSlot = left.reduce((next, { slot }) => Math.max(next, slot + 1), 0);
  }

  /** Forgets what was left: it is worth something to the first configuration only. */
  forget(): void {
    this.#left = new Map();
    this.#addressesLeft = new Set();
  }

  /** Whether the process before held this address. */
  hasLeft(address: VirtualAddressModel): boolean {
    return this.#addressesLeft.has(keyOf(address));
  }

  /** The addresses that the process before held, with the name of their instance. */
  *addressesLeft(): Iterable<{ readonly name: string; readonly address: VirtualAddressModel }> {
    for (const { name, addresses } of this.#left.values()) for (const address of addresses) yield { name, address };
  }

  /** What was left by the same virtual router's master; undefined when it was not master or has never advertised. */
  masterBefore(config: VrrpInstanceModel): (ResumeInstance & { readonly lastAdvertisementAt: Instant }) | undefined {
    const before = this.#left.get(routerKey(config));
    if (before?.state !== "master") return undefined;
    const { lastAdvertisementAt } = before;
    return lastAdvertisementAt === undefined ? undefined : { ...before, lastAdvertisementAt };
  }

  /** A slot for an instance: the one that it had. No other takes that, so that a beat is never read as another instance's. */
  takeSlot(config: VrrpInstanceModel): number {
    const before = this.#left.get(routerKey(config))?.slot;
    const isFree = before !== undefined && !this.#slots.has(before);
    const slot = isFree ? before : (this.#freeSlots.pop() ?? this.#nextSlot++);
    this.#slots.add(slot);
    return slot;
  }

  giveSlotBack(slot: number): void {
    this.#slots.delete(slot);
    this.#freeSlots.push(slot);
  }

  /** The wire has taken an advertisement of the instance in this slot: written at the end of the turn, after what hosts wait for. */
  beat(slot: number): void {
    this.#beats.set(slot, this.#now());
  }

  /** Something that belongs into the record has changed. */
  noteChange(): void {
    this.#changed = true;
  }

  /** When the record wants to be written; undefined when nothing has changed. */
  nextDeadline(): Instant | undefined {
    return this.#saveAt;
  }

  /** Writes the beats, and the record if something has changed and the last writing is long enough ago. */
  saveIfDue(instances: Iterable<RunningInstance>, isOurs: (address: VirtualAddressModel) => boolean): void {
    this.#writeBeats();
    if (!this.#changed) return;
    const now = this.#now();
    this.#saveAt ??= this.#savedAt === undefined ? now : after(this.#savedAt, savePause);
    if (this.#saveAt <= now) this.save(instances, isOurs);
  }

  /** Writes the beats and the record. */
  save(instances: Iterable<RunningInstance>, isOurs: (address: VirtualAddressModel) => boolean): void {
    this.#writeBeats();
    this.#changed = false;
    this.#saveAt = undefined;
    this.#savedAt = this.#now();
    this.#memory.saveInstances([...instances].map((instance) => noteOf(instance, isOurs)));
  }

  #writeBeats(): void {
    for (const [slot, at] of this.#beats) this.#memory.beat(slot, at);
    this.#beats.clear();
  }
}

function keyOf({ address, prefixLength, interface: link }: VirtualAddressModel): string {
  return `${link} ${address}/${prefixLength}`;
}

/** The least time between two writings of the record. */
const savePause = milliseconds(50);

function noteOf(
  { config, slot, state, since }: RunningInstance,
  isOurs: (address: VirtualAddressModel) => boolean,
): ResumeInstance {
  const { name, interface: link, virtualRouterId, family, version } = config;
  return {
    name,
    slot,
    interface: link,
    virtualRouterId,
    family,
    version,
    state: state.kind,
    since,
    addresses: config.virtualAddresses.filter(isOurs),
    masterDownInterval: state.kind === "master" ? silenceOf(state, config) : longestSilence(config),
    lastAdvertisementAt: state.kind === "master" ? state.lastAdvertisementAt : undefined,
  };
}
