// Steps an instance and performs what the step asks for, in its order: sends, puts and removes addresses, announces, reports. Advertisements
// are gathered, and leave before any other effect is performed.

import type { IpAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import type { Instant } from "../../base/duration.ts";
import { unreachable } from "../../base/errors.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { Event, ReportEvent, VrrpState } from "../../events/event.ts";
import type { AddressKeeper } from "../addresses/address-keeper.ts";
import type { AddressGuard } from "../announcements/address-guard.ts";
import type { Announcer } from "../announcements/announcer.ts";
import type { Effect } from "../core/effect.ts";
import { step } from "../core/instance.ts";
import type { InstanceEvent } from "../core/instance-event.ts";
import type { InstanceState } from "../core/instance-state.ts";
import { noteHeard, noteTransition } from "../explaining/explaining.ts";
import type { ResumeNotes } from "../resuming/resume-notes.ts";
import type { AdvertisementSockets } from "../sockets/advertisement-sockets.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import type { Deadlines } from "../timing/deadlines.ts";
import type { RunningInstance } from "./running-instance.ts";
import type { SyncGroups } from "./sync-groups.ts";

/** What the effects are performed with. */
export interface StepperParts {
  readonly clock: Clock;
  readonly report: ReportEvent;
  readonly network: ObservedNetwork;
  readonly sockets: AdvertisementSockets;
  readonly keeper: AddressKeeper;
  readonly announcer: Announcer;
  readonly guard: AddressGuard;
  readonly notes: ResumeNotes;
  readonly deadlines: Deadlines;
  readonly groups: SyncGroups;
  /** Gives the instance what else its state asks for in the kernel. */
  readonly follow: (instance: RunningInstance) => void;
}

/** Leads instances from state to state. */
export class Stepper {
  readonly #parts: StepperParts;

  constructor(parts: StepperParts) {
    this.#parts = parts;
  }

  /** Takes one step and performs its effects; then the instance's sync group follows. */
  step(instance: RunningInstance, given: InstanceEvent, now = this.#parts.clock.now()): void {
    const from = instance.state;
    const event = this.#parts.groups.asMember(instance, given);
    const { state, effects, rows } = step(instance.config, from, event, now);
    instance.state = state;
    const takesOver = state.kind === "master" && from.kind !== "master" && event.kind !== "resume";
    const isSaid = event.kind === "advertisement-left";
    if (takesOver && !isSaid && !this.#saysSo(instance, state.source))
      return this.#stayAsItWas(instance, from, state.source, now);
    if (event.kind === "advertisement") noteHeard(instance, event, now);
    if (state.kind !== from.kind) {
      noteTransition(instance, from, rows, event, now);
      this.#onTransition(instance, from);
    }
    for (const effect of takesOver ? effects.slice(1) : effects) this.#perform(instance, effect, from);
    if (event.kind === "advertisement" && from.kind === "master" && state.kind === "master")
      this.#assertWithGroup(instance, effects);
    if (event.kind === "configuration-changed" || event.kind === "resume") this.#parts.follow(instance);
    this.#parts.deadlines.note(instance);
    if (state.kind === "backup" && event.kind !== "advertisement" && event.kind !== "deadline")
      this.#prepareTakeover(instance, state.source);
    if (state.kind !== from.kind) this.#moveGroup(instance, from.kind, now);
  }

  /** The first advertisement of a takeover, which comes before all else: a master that cannot say so would take the addresses from who can. */
  #saysSo(instance: RunningInstance, source: IpAddress): boolean {
    const { sockets } = this.#parts;
    const sentBefore = instance.counters.advertisementsSent;
    sockets.send(instance, source, instance.config.priority);
    sockets.flush();
    return instance.counters.advertisementsSent > sentBefore;
  }

  #stayAsItWas(instance: RunningInstance, from: InstanceState, source: IpAddress, now: Instant): void {
    instance.state = from;
    this.step(instance, { kind: "takeover-refused", source }, now);
    const { groups } = this.#parts;
    for (const [other, event] of groups.afterRefusal(instance)) this.step(other, event, now);
  }

  /** Where a master announces its addresses against another one, the rest of its sync group does so, too: the other has taken all of them. */
  #assertWithGroup(instance: RunningInstance, effects: readonly Effect[]): void {
    if (!effects.some(({ kind }) => kind === "announce")) return;
    for (const other of this.#parts.groups.othersOf(instance)) {
      const { virtualAddresses, gratuitousArp } = other.config;
      if (other.state.kind === "master") this.announce(other, virtualAddresses, gratuitousArp.lowerPriorityRepeat);
    }
  }

  #moveGroup(instance: RunningInstance, from: VrrpState, now: Instant): void {
    const { groups } = this.#parts;
    for (const [other, event] of groups.following(instance, from)) this.step(other, event, now);
    groups.settle(instance);
  }

  /** The wire has taken an advertisement of the instance. */
  onSent(instance: RunningInstance, priority: number): void {
    instance.counters.advertisementsSent += 1;
    if (priority === 0) {
      instance.counters.priorityZeroSent += 1;
      return;
    }
    if (instance.state.kind !== "master") return;
    const now = this.#parts.clock.now();
    this.#parts.notes.beat(instance.slot);
    instance.state = step(instance.config, instance.state, { kind: "advertisement-sent" }, now).state;
  }

  /** The wire has taken an advertisement of the instance at its time, before anybody sent it: a backup has become master by that. */
  onLeft(instance: RunningInstance, at: Instant): void {
    instance.counters.advertisementsSent += 1;
    this.#parts.notes.beat(instance.slot);
    this.step(instance, { kind: "advertisement-left" }, at);
  }

  /** Tells the segments where these addresses of the instance live, as often as is configured unless it is said. */
  announce(
    instance: RunningInstance,
    addresses: readonly VirtualAddressModel[],
    repeat = instance.config.gratuitousArp.repeat,
  ): void {
    const { network, announcer } = this.#parts;
    for (const linkName of new Set(addresses.map((address) => address.interface))) {
      const link = network.linkNamed(linkName);
      if (link === undefined || repeat === 0) continue;
      const ofLink = addresses.filter((address) => address.interface === linkName);
      announcer.announce(instance, link, ofLink, repeat);
    }
  }

  /** Writes now what a takeover will send. */
  #prepareTakeover(instance: RunningInstance, source: IpAddress): void {
    const { sockets, network, announcer } = this.#parts;
    const { config } = instance;
    sockets.prepare(instance, source, config.priority);
    if (config.gratuitousArp.repeat === 0) return;
    for (const address of config.virtualAddresses) {
      const link = network.linkNamed(address.interface);
      if (link !== undefined) announcer.prepare(link, address, config.gratuitousArp.form);
    }
  }

  #onTransition(instance: RunningInstance, from: InstanceState): void {
    instance.since = this.#parts.clock.wall();
    instance.said.clear();
    if (instance.state.kind === "master") instance.counters.becameMaster += 1;
    if (from.kind === "master") {
      instance.counters.releasedMaster += 1;
      this.#parts.guard.forget(instance);
    }
    this.#parts.guard.want();
    this.#parts.notes.noteChange();
  }

  #perform(instance: RunningInstance, effect: Effect, from: InstanceState): void {
    const { sockets, keeper, announcer, guard } = this.#parts;
    if (effect.kind === "send-advertisement") {
      const source = sourceOf(instance.state) ?? sourceOf(from);
      if (source !== undefined) sockets.send(instance, source, effect.priority);
      return;
    }
    sockets.flush();
    switch (effect.kind) {
      case "put-addresses":
        guard.want();
        keeper.put(instance, effect.addresses);
        this.#parts.follow(instance);
        return;
      case "remove-addresses":
        announcer.withdraw(instance, effect.addresses);
        guard.want();
        this.#parts.follow(instance);
        keeper.remove(instance, effect.addresses);
        return;
      case "announce":
        this.announce(instance, effect.addresses, effect.repeat);
        return;
      case "verify-neighbours":
        guard.ask(instance, effect.addresses, effect.neighbours);
        return;
      case "probe-addresses":
        guard.probe(effect.addresses);
        return;
      case "report":
        this.#report(instance, effect.event);
        return;
      default:
        unreachable(effect);
    }
  }

  #report(instance: RunningInstance, event: Event): void {
    if (event.kind === "vrrp-state-changed") instance.reason = event.reason;
    this.#parts.report(event);
  }
}

function sourceOf(state: InstanceState): IpAddress | undefined {
  return state.kind === "master" || state.kind === "backup" ? state.source : undefined;
}
