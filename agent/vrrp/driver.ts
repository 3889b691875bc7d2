// The VRRP driver: runs the pure instances on real interfaces. It owns one timer for all of them, feeds them what it hears and observes,
// and performs what they ask for, in their order. Everything from outside (kernel, clock, memory) is handed in.
//
// Every entry (datagram, link change, deadline, configuration) is one turn: step the instances concerned, then settle: send what waits,
// remember what changed, arm the timer for the earliest deadline.

import type { IpAddress } from "../base/address.ts";
import type { Clock, CreateTimer, Timer } from "../base/clock.ts";
import { after, elapsed, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import { describeFailure, OperationError, type OperationFailure, unreachable } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { VirtualAddressModel, VrrpInstanceModel, VrrpModel } from "../config/model.ts";
import type { AddressChanged, Event, ReportEvent } from "../events/event.ts";
import type { FrameSocketPort } from "../kernel/frame-socket.ts";
import type { Link, LinkChange, LinksPort } from "../kernel/links.ts";
import type { ReceivedDatagram, VrrpSocketPort } from "../kernel/vrrp-socket.ts";
import { AddressKeeper } from "./address-keeper.ts";
import { AdvertisementSockets, causeOf } from "./advertisement-sockets.ts";
import { Announcer } from "./announcer.ts";
import { decodeAdvertisement, type PacketRule } from "./core/advertisement.ts";
import { compareConfigurations, onlyPriorityDiffers } from "./core/configuration-change.ts";
import { DeadlineHeap } from "./core/deadline-heap.ts";
import type { Announce, Effect } from "./core/effect.ts";
import { isSameEnvironment } from "./core/environment.ts";
import { step } from "./core/instance.ts";
import type { Environment, InstanceEvent } from "./core/instance-event.ts";
import { nextDeadline } from "./core/instance-state.ts";
import type { ResumeInstance } from "./core/resume-record.ts";
import { viewOf } from "./instance-view.ts";
import { ObservedNetwork } from "./observed-network.ts";
import type { ResumeMemory } from "./resume-memory.ts";
import { ResumeNotes } from "./resume-notes.ts";
import { createInstance, isNew, type RunningInstance } from "./running-instance.ts";
import { type SeenAddresses, Surroundings } from "./surroundings.ts";
import type { InstanceView } from "./view.ts";

/** What the driver works with. It closes `links` when it ends. */
export interface VrrpDriverOptions {
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  readonly links: LinksPort;
  readonly vrrpSockets: VrrpSocketPort;
  readonly frames: FrameSocketPort;
  readonly report: ReportEvent;
  readonly log: Log;
  readonly memory: ResumeMemory;
}

/** All VRRP instances of a director. Idle until the first `configure`. */
export class VrrpDriver {
  readonly #options: VrrpDriverOptions;
  readonly #timer: Timer;
  readonly #network: ObservedNetwork;
  readonly #surroundings: Surroundings;
  readonly #notes: ResumeNotes;
  readonly #sockets: AdvertisementSockets;
  readonly #keeper: AddressKeeper;
  readonly #announcer: Announcer;
  readonly #masterDeadlines = new DeadlineHeap<RunningInstance>();
  /** The deadlines of those that are not master. */
  readonly #deadlines = new DeadlineHeap<RunningInstance>();
  readonly #instances = new Map<string, RunningInstance>();
  #watch: { close(): void } | undefined;
  #armedAt: Instant | undefined;
  #maxLateness: Milliseconds = milliseconds(0);
  #checkAddresses = false;
  #retryAt: Instant | undefined;
  #failures: OperationFailure[] = [];
  readonly #complained = new Set<string>();
  #closed = false;
  readonly #isHeld = (address: VirtualAddressModel): boolean => this.#keeper.isHeld(address);

  constructor(options: VrrpDriverOptions) {
    this.#options = options;
    this.#timer = options.createTimer(() => this.#onDeadline());
    this.#network = new ObservedNetwork(options.links);
    this.#surroundings = new Surroundings(this.#network);
    this.#notes = new ResumeNotes(options.memory, () => options.clock.now());
    this.#announcer = new Announcer(options.frames);
    this.#sockets = new AdvertisementSockets(options.vrrpSockets, {
      onDatagram: (instance, datagram) => this.#onDatagram(instance, datagram),
      onSent: (instance, priority) => this.#onSent(instance, priority),
      onSendFailed: (instance, code) => this.#onSendFailed(instance, code),
      onTrouble: (linkName, reason) => options.log.warn("vrrp-socket-trouble", { interface: linkName, cause: reason }),
    });
    this.#keeper = new AddressKeeper(options.links, this.#network, {
      onChange: (instance, address, change) => this.#reportAddress(instance, address, change),
      onFailure: (failure) => this.#onFailure(failure),
    });
  }

  /**
   * Makes the model the running one. Instances that are the same are not touched; changed ones keep their state unless they are about
   * another virtual router. Gives what the kernel refused meanwhile; a missing interface is no failure but state fault.
   */
  configure(model: VrrpModel): readonly OperationFailure[] {
    if (this.#closed) return [];
    this.#failures = [];
    this.#complained.clear();
    const isFirst = this.#watch === undefined;
    if (isFirst) this.#begin();
    this.#keeper.setLease(model.addressLease, this.#now());
    const running = [...this.#instances.values()].map(({ config }) => config);
    const { ended, changed, begun } = compareConfigurations(running, model.instances);
    for (const config of ended) this.#end(config);
    for (const { config } of changed) this.#replaceConfig(config);
    for (const config of begun) this.#create(config);
    this.#surroundings.index(this.#instances.values());
    if (isFirst) this.#removeStrayAddresses();
    const seen: SeenAddresses = new Map();
    for (const { previous, config } of changed) this.#change(previous, config, seen);
    for (const config of begun) this.#startUp(config, seen);
    this.#refreshEnvironments(() => true);
    if (isFirst) this.#notes.forget();
    this.#settle();
    return this.#failures.splice(0);
  }

  /** The instances as they are now. */
  state(): InstanceView[] {
    return [...this.#instances.values()].map((instance) => viewOf(instance, this.#isHeld));
  }

  /** Ends for good: sends priority 0 and removes the addresses. `keep`: leaves all as a hand-over does; the addresses end with their lease unless a process comes back. */
  stop({ keep }: { readonly keep: boolean }): void {
    if (keep) {
      this.handOver();
      return;
    }
    for (const instance of this.#instances.values()) this.#step(instance, { kind: "shutdown", reason: "stopped" });
    this.#sockets.flush();
    this.#options.memory.saveInstances([]);
    this.#close();
  }

  /** Ends and leaves everything in place for the next process, which resumes from what is remembered. */
  handOver(): void {
    this.#sockets.flush();
    this.#notes.save(this.#instances.values(), this.#isHeld);
    this.#close();
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    const lateness = this.#maxLateness;
    this.#maxLateness = milliseconds(0);
    return lateness;
  }

  /** Datagrams for virtual routers that are not configured here, since the start. */
  unknownVirtualRouters(): number {
    return this.#sockets.unknownVirtualRouters;
  }

  // Configuration

  #begin(): void {
    this.#watch = this.#options.links.watch((change) => this.#onLinkChange(change));
    this.#observe();
    this.#notes.read();
  }

  #replaceConfig(config: VrrpInstanceModel): void {
    const instance = this.#instances.get(config.name);
    if (instance !== undefined) instance.config = config;
  }

  #create(config: VrrpInstanceModel): void {
    this.#instances.set(
      config.name,
      createInstance(config, this.#notes.takeSlot(config.name), this.#options.clock.wall()),
    );
  }

  #startUp(config: VrrpInstanceModel, seen: SeenAddresses): void {
    const instance = this.#instances.get(config.name);
    if (instance === undefined) return;
    instance.environment = this.#environmentOf(instance, seen);
    const { environment } = instance;
    const before = this.#notes.masterBefore(config);
    if (before === undefined) {
      this.#step(instance, { kind: "startup", environment });
      return;
    }
    this.#step(instance, { kind: "resume", environment, lastAdvertisementAt: before.lastAdvertisementAt });
    if (instance.state.kind === "master") this.#resume(instance, before);
  }

  #resume(instance: RunningInstance, before: ResumeInstance): void {
    instance.since = before.since;
    this.#keeper.adopt(instance, instance.config.virtualAddresses, this.#now());
  }

  /** Removes what the process before has put and nobody is configured to hold any more. */
  #removeStrayAddresses(): void {
    for (const { name, address } of this.#notes.addressesLeft()) {
      const isConfigured = this.#surroundings.instancesOf(address.address).size > 0;
      if (!isConfigured && this.#surroundings.isOnLink(address)) this.#keeper.removeForeign(name, address);
    }
  }

  #change(previous: VrrpInstanceModel, config: VrrpInstanceModel, seen: SeenAddresses): void {
    const instance = this.#instances.get(config.name);
    if (instance === undefined) return;
    const kind = onlyPriorityDiffers(previous, config) ? "priority-changed" : "configuration-changed";
    this.#step(instance, { kind, previous });
    this.#updateEnvironment(instance, seen);
  }

  #end(config: VrrpInstanceModel): void {
    const instance = this.#instances.get(config.name);
    if (instance === undefined) return;
    this.#step(instance, { kind: "shutdown", reason: "removed from the configuration" });
    this.#sockets.leave(instance);
    this.#setDeadline(instance, undefined);
    this.#instances.delete(config.name);
    this.#notes.giveSlotBack(instance.slot);
    this.#notes.noteChange();
  }

  // What the instances find around them

  #onLinkChange(change: LinkChange): void {
    if (this.#closed) return;
    this.#network.note(change);
    switch (change.kind) {
      case "link":
        this.#refreshEnvironments(() => true);
        this.#checkAddresses = true;
        break;
      case "link-removed":
        this.#refreshEnvironments(() => true);
        this.#announcer.forget(change.index);
        break;
      case "address":
        this.#onAddress(change.address.linkIndex, change.address.address);
        break;
      case "address-removed":
        this.#onAddress(change.linkIndex, change.address);
        break;
      case "overrun":
        this.#observe();
        this.#checkAddresses = true;
        this.#refreshEnvironments(() => true);
        break;
      default:
        unreachable(change);
    }
    this.#settle();
  }

  /** Our own puts and removals come back as notifications, thousands of them: only what contradicts us is looked into. */
  #onAddress(linkIndex: number, address: IpAddress): void {
    if (this.#surroundings.mayBeSource(address))
      this.#refreshEnvironments((name) => name === this.#network.link(linkIndex)?.name);
    if (this.#contradicts(address)) this.#checkAddresses = true;
  }

  #contradicts(address: IpAddress): boolean {
    for (const { config } of this.#surroundings.instancesOf(address))
      for (const one of config.virtualAddresses)
        if (one.address === address && this.#keeper.isHeld(one) !== this.#surroundings.isOnLink(one)) return true;
    return false;
  }

  #refreshEnvironments(concerns: (linkName: string) => boolean): void {
    const seen: SeenAddresses = new Map();
    for (const instance of this.#instances.values())
      if (concerns(instance.config.interface)) this.#updateEnvironment(instance, seen);
  }

  #updateEnvironment(instance: RunningInstance, seen: SeenAddresses): void {
    const environment = this.#environmentOf(instance, seen);
    if (isSameEnvironment(instance.environment, environment)) return;
    instance.environment = environment;
    this.#step(instance, { kind: "environment-changed", environment });
    if (!environment.ready && environment.missing === "interface") this.#sockets.leave(instance);
  }

  #environmentOf(instance: RunningInstance, seen: SeenAddresses): Environment {
    const environment = this.#surroundings.environmentOf(instance, seen);
    const link = this.#network.linkNamed(instance.config.interface);
    if (!environment.ready || link === undefined) return environment;
    return this.#joinSocket(instance, link) ? environment : { ready: false, missing: "socket" };
  }

  #joinSocket(instance: RunningInstance, link: Link): boolean {
    try {
      this.#sockets.join(instance, link);
      return true;
    } catch (thrown) {
      const object = `VRRP socket on ${link.name}`;
      const failure = thrown instanceof OperationError ? thrown.failure : undefined;
      this.#onFailure(failure ?? { operation: "open", object, cause: { code: causeOf(thrown) } });
      this.#retryAt ??= after(this.#now(), retryDelay);
      return false;
    }
  }

  // What happens

  #onDatagram(instance: RunningInstance, datagram: ReceivedDatagram): void {
    const decoded = decodeAdvertisement(datagram, instance.config);
    if (!decoded.ok) {
      this.#refuse(instance, datagram.source, decoded.error);
      return;
    }
    const { priority, interval } = decoded.value;
    instance.counters.advertisementsReceived += 1;
    if (priority === 0) instance.counters.priorityZeroReceived += 1;
    this.#step(instance, { kind: "advertisement", source: datagram.source, priority, interval });
    this.#settle();
  }

  #refuse(instance: RunningInstance, source: IpAddress, rule: PacketRule): void {
    const { refused } = instance.counters;
    refused[rule] = (refused[rule] ?? 0) + 1;
    if (!isNew(instance, `${source} ${rule}`)) return;
    this.#options.report({ kind: "advertisement-refused", instance: instance.config.name, source, rule });
  }

  #onDeadline(): void {
    if (this.#closed) return;
    const now = this.#now();
    if (this.#armedAt !== undefined) this.#noteLateness(elapsed(this.#armedAt, now));
    this.#armedAt = undefined;
    this.#stepDue(now);
    if (this.#retryAt !== undefined && this.#retryAt <= now) this.#retry();
    if (this.#checkAddresses && this.#retryAt === undefined) this.#reconcileAddresses();
    this.#keeper.renewIfDue(now);
    this.#settle();
  }

  /**
   * Steps all whose deadline has come, until the turn has been long enough: datagrams wait meanwhile. Masters go first, so that a thousand
   * takeovers at a time do not hold up the advertisements of those that have taken over already.
   */
  #stepDue(start: Instant): void {
    const end = after(start, longestTurn);
    for (let due = this.#due(start); due !== undefined && this.#now() < end; due = this.#due(start))
      this.#step(due.owner, { kind: "deadline" }, due.at > start ? due.at : start);
  }

  #due(now: Instant): Due | undefined {
    return this.#dueMaster(now) ?? this.#dueOther(now);
  }

  /** The first master whose deadline has come, or so nearly that it may leave together with those that are due: its cadence stays. */
  #dueMaster(now: Instant): Due | undefined {
    const first = this.#masterDeadlines.first();
    if (first === undefined) return undefined;
    return first.at - first.owner.config.advertisementInterval * mostEarly <= now ? first : undefined;
  }

  #dueOther(now: Instant): Due | undefined {
    const first = this.#deadlines.first();
    return first !== undefined && first.at <= now ? first : undefined;
  }

  #setDeadline(instance: RunningInstance, at: Instant | undefined): void {
    const isMaster = instance.state.kind === "master";
    this.#masterDeadlines.set(instance, isMaster ? at : undefined);
    this.#deadlines.set(instance, isMaster ? undefined : at);
  }

  #noteLateness(lateness: Milliseconds): void {
    if (lateness > this.#maxLateness) this.#maxLateness = lateness;
  }

  /** Tries again what was refused: to observe, to open sockets. */
  #retry(): void {
    this.#retryAt = undefined;
    this.#observe();
    this.#refreshEnvironments(() => true);
  }

  /** Reads links and addresses anew. When that is refused, what was known stays, and it is tried again soon. */
  #observe(): boolean {
    try {
      this.#network.observe();
      return true;
    } catch (thrown) {
      const failure = thrown instanceof OperationError ? thrown.failure : undefined;
      this.#onFailure(failure ?? { operation: "observe", object: "interfaces", cause: { code: causeOf(thrown) } });
      this.#retryAt ??= after(this.#now(), retryDelay);
      return false;
    }
  }

  /** Observes, puts back what masters have lost, and removes ours from interfaces where no master holds them. */
  #reconcileAddresses(): void {
    this.#checkAddresses = !this.#observe();
    if (this.#checkAddresses) return;
    this.#keeper.putBackLost();
    for (const instance of this.#instances.values()) if (instance.state.kind !== "master") this.#removeLeft(instance);
  }

  #removeLeft(instance: RunningInstance): void {
    const left = instance.config.virtualAddresses.filter(
      (one) => !this.#keeper.isHeld(one) && this.#surroundings.isOnLink(one),
    );
    if (left.length > 0) this.#keeper.remove(instance, left);
  }

  #onSent(instance: RunningInstance, priority: number): void {
    instance.counters.advertisementsSent += 1;
    if (priority === 0) {
      instance.counters.priorityZeroSent += 1;
      return;
    }
    if (instance.state.kind !== "master") return;
    const now = this.#now();
    this.#notes.beat(instance.slot);
    instance.state = step(instance.config, instance.state, { kind: "advertisement-sent" }, now).state;
  }

  #onSendFailed(instance: RunningInstance, code: string): void {
    this.#sayOnce(instance, "advertisement-not-sent", code);
  }

  /** Said once for each configuration: what is refused now will be refused again with every renewal. */
  #onFailure(failure: OperationFailure): void {
    const sentence = describeFailure(failure);
    if (this.#complained.has(sentence) || this.#complained.size >= mostFailures) return;
    this.#complained.add(sentence);
    this.#failures.push(failure);
    this.#options.log.warn("operation-failed", { failure: sentence });
  }

  #sayOnce(instance: RunningInstance, name: string, cause: string): void {
    const { failed } = instance.counters;
    failed[name] = (failed[name] ?? 0) + 1;
    if (!isNew(instance, `${name} ${cause}`)) return;
    this.#options.log.warn(name, { instance: instance.config.name, interface: instance.config.interface, cause });
  }

  // Steps and their effects

  #step(instance: RunningInstance, event: InstanceEvent, now = this.#now()): void {
    const from = instance.state;
    const { state, effects } = step(instance.config, from, event, now);
    instance.state = state;
    if (state.kind !== from.kind) this.#onTransition(instance, from.kind);
    for (const effect of effects) this.#perform(instance, effect, from);
    this.#setDeadline(instance, nextDeadline(instance.state));
  }

  #onTransition(instance: RunningInstance, from: RunningInstance["state"]["kind"]): void {
    const to = instance.state.kind;
    instance.since = this.#options.clock.wall();
    instance.said.clear();
    if (to === "master") instance.counters.becameMaster += 1;
    if (from === "master") instance.counters.releasedMaster += 1;
    this.#notes.noteChange();
  }

  #perform(instance: RunningInstance, effect: Effect, from: RunningInstance["state"]): void {
    if (effect.kind === "send-advertisement") {
      const source = sourceOf(instance.state) ?? sourceOf(from);
      if (source !== undefined) this.#sockets.send(instance, source, effect.priority);
      return;
    }
    this.#sockets.flush();
    switch (effect.kind) {
      case "put-addresses":
        this.#keeper.put(instance, effect.addresses, this.#now());
        return;
      case "remove-addresses":
        this.#keeper.remove(instance, effect.addresses);
        return;
      case "announce":
        this.#announce(instance, effect);
        return;
      case "report":
        this.#report(instance, effect.event);
        return;
      default:
        unreachable(effect);
    }
  }

  #announce(instance: RunningInstance, { addresses, repeat }: Announce): void {
    for (const linkName of new Set(addresses.map((address) => address.interface))) {
      const link = this.#network.linkNamed(linkName);
      if (link === undefined || repeat === 0) continue;
      const ofLink = addresses.filter((address) => address.interface === linkName);
      const outcome = this.#announcer.announce(link, ofLink, repeat);
      if ("sent" in outcome) instance.counters.announcementsSent += outcome.sent;
      else this.#sayOnce(instance, "announcement-not-sent", outcome.cause);
    }
  }

  #report(instance: RunningInstance, event: Event): void {
    if (event.kind === "vrrp-state-changed") instance.reason = event.reason;
    this.#options.report(event);
  }

  #reportAddress(instance: string, address: VirtualAddressModel, change: AddressChanged["change"]): void {
    const { interface: link, prefixLength } = address;
    this.#notes.noteChange();
    this.#options.report({
      kind: "address-changed",
      instance,
      interface: link,
      address: address.address,
      prefixLength,
      change,
    });
  }

  // The end of each turn

  #settle(): void {
    this.#sockets.flush();
    this.#notes.saveIfDue(this.#instances.values(), this.#isHeld);
    this.#arm();
  }

  #arm(): void {
    const deadlines = [
      this.#masterDeadlines.earliest(),
      this.#deadlines.earliest(),
      this.#keeper.nextDeadline(),
      this.#notes.nextDeadline(),
      this.#retryAt,
    ];
    if (this.#checkAddresses && this.#retryAt === undefined) deadlines.push(this.#now());
    const next = deadlines.reduce((first, at) =>
      first === undefined || (at !== undefined && at < first) ? at : first,
    );
    if (next === this.#armedAt) return;
    this.#armedAt = next;
    this.#timer.arm(next);
  }

  #close(): void {
    this.#closed = true;
    this.#timer.close();
    this.#watch?.close();
    this.#sockets.close();
    this.#announcer.close();
    this.#options.links.close();
  }

  #now(): Instant {
    return this.#options.clock.now();
  }
}

/** How soon a refused socket is tried again. */
const retryDelay = milliseconds(1000);

interface Due {
  readonly owner: RunningInstance;
  readonly at: Instant;
}

/** How long deadlines are worked off before whatever else waits has its turn. */
const longestTurn = milliseconds(5);

/** How much of its interval an advertisement may leave early for the sake of company: half a hundredth. */
const mostEarly = 1 / 200;

const mostFailures = 1000;

function sourceOf(state: RunningInstance["state"]): IpAddress | undefined {
  return state.kind === "master" || state.kind === "backup" ? state.source : undefined;
}
