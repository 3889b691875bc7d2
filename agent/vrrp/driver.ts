// The VRRP driver: runs the pure instances on real interfaces. Everything from outside (kernel, clock, memory) is handed in.
//
// Every entry (configuration, datagram, link change, deadline) is one turn, and turns do not nest: take back what was to leave by itself, step the
// instances concerned, then settle: send what waits, hand over what is to leave by itself next, remember what changed, arm the timer for the
// earliest deadline. The parts it is put together from are named in README.md.

import type { CreateTimer, MachineClock } from "../base/clock.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { VirtualAddressModel, VrrpModel } from "../config/model.ts";
import type { AddressChanged, ReportEvent } from "../events/event.ts";
import type { FrameSocketPort } from "../kernel/frame-socket.ts";
import type { LinkAddress, LinkChange, LinksPort } from "../kernel/links.ts";
import type { NeighbourWatchPort } from "../kernel/neighbour-watch.ts";
import type { ReceivedDatagram, VrrpSocketPort } from "../kernel/vrrp-socket.ts";
import { AddressCheck } from "./addresses/address-check.ts";
import { AddressKeeper } from "./addresses/address-keeper.ts";
import { OwnAddresses } from "./addresses/own-addresses.ts";
import { AddressGuard } from "./announcements/address-guard.ts";
import { Announcer } from "./announcements/announcer.ts";
import { Belongings, type BelongingsPorts } from "./belongings/belongings.ts";
import type { LossesTold } from "./core/address-losses.ts";
import { advertisementAhead } from "./core/ahead.ts";
import { explanationOf } from "./explaining/explaining.ts";
import { viewOf } from "./explaining/instance-view.ts";
import { PeerWatch } from "./explaining/peer-watch.ts";
import { Configuring } from "./instances/configuring.ts";
import { Hearing } from "./instances/hearing.ts";
import type { RunningInstance } from "./instances/running-instance.ts";
import { Stepper } from "./instances/stepper.ts";
import { SyncGroups } from "./instances/sync-groups.ts";
import type { ResumeMemory } from "./resuming/resume-memory.ts";
import { ResumeNotes } from "./resuming/resume-notes.ts";
import { AdvertisementSockets } from "./sockets/advertisement-sockets.ts";
import { Authentication, type KeyPorts, noKeys } from "./sockets/authentication.ts";
import { viewOfPaths } from "./sockets/heartbeat-paths.ts";
import type { Way } from "./sockets/way.ts";
import { Environments } from "./surroundings/environments.ts";
import { LinkChanges } from "./surroundings/link-changes.ts";
import { ObservedNetwork } from "./surroundings/observed-network.ts";
import { Surroundings } from "./surroundings/surroundings.ts";
import { Deadlines, type Due } from "./timing/deadlines.ts";
import { Rehearsal } from "./timing/rehearsal.ts";
import { Suspensions } from "./timing/suspensions.ts";
import { WakeUp } from "./timing/wake-up.ts";
import { LinkStates } from "./tracking/link-states.ts";
import { type ReadSession, Tracking } from "./tracking/tracking.ts";
import type { CreateWatcher } from "./tracking/watcher.ts";
import { Troubles } from "./troubles.ts";
import type { BelongingView, InstanceView, SyncGroupView } from "./view.ts";

/** What the driver works with. It closes `links` when it ends. */
export interface VrrpDriverOptions {
  readonly clock: MachineClock;
  readonly createTimer: CreateTimer;
  readonly links: LinksPort;
  readonly vrrpSockets: VrrpSocketPort;
  readonly frames: FrameSocketPort;
  readonly neighbourWatches: NeighbourWatchPort;
  readonly report: ReportEvent;
  readonly log: Log;
  readonly memory: ResumeMemory;
  /** What instances have besides addresses is kept with these; without them they have nothing else. */
  readonly belongings?: BelongingsPorts;
  /** Follows scripts, processes and files; they count as up where there is none. */
  readonly createWatcher?: CreateWatcher | undefined;
  /** What is known of BFD sessions; they count as down where it is absent. */
  readonly readSession?: ReadSession;
  /** What instances need that sign what they send. */
  readonly keys?: KeyPorts;
  /** Whether it rehearses takeovers while it is backup; it does unless told otherwise. */
  readonly rehearses?: boolean;
}

/** All VRRP instances of a director. Idle until the first `configure`. */
export class VrrpDriver {
  readonly #options: VrrpDriverOptions;
  readonly #instances = new Map<string, RunningInstance>();
  readonly #network: ObservedNetwork;
  readonly #surroundings: Surroundings;
  readonly #linkStates: LinkStates;
  readonly #groups: SyncGroups;
  readonly #tracking: Tracking;
  readonly #troubles: Troubles;
  readonly #notes: ResumeNotes;
  readonly #authentication: Authentication;
  readonly #peers: PeerWatch;
  readonly #sockets: AdvertisementSockets;
  readonly #keeper: AddressKeeper;
  readonly #announcer: Announcer;
  readonly #guard: AddressGuard;
  readonly #deadlines = new Deadlines();
  readonly #stepper: Stepper;
  readonly #hearing: Hearing;
  readonly #environments: Environments;
  readonly #addressCheck: AddressCheck;
  readonly #linkChanges: LinkChanges;
  readonly #configuring: Configuring;
  readonly #wakeUp: WakeUp;
  readonly #suspensions: Suspensions;
  readonly #rehearsal: Rehearsal | undefined;
  readonly #belongings: Belongings | undefined;
  #watch: { close(): void } | undefined;
  #closed = false;
  readonly #isOurs = (address: VirtualAddressModel): boolean => this.#keeper.isOurs(address);

  constructor(options: VrrpDriverOptions) {
    const { clock, createTimer, links, vrrpSockets, frames, neighbourWatches, report, log, memory } = options;
    const now = () => clock.now();
    this.#options = options;
    this.#network = new ObservedNetwork(links);
    const own = new OwnAddresses(this.#network, {
      isVirtual: ({ address }) => this.#surroundings.instancesOf(address).size > 0,
      isOurs: (address) => this.#isPut(address),
    });
    this.#linkStates = new LinkStates(clock);
    this.#surroundings = new Surroundings(this.#network, own, (link) => this.#linkStates.settled(link));
    this.#groups = new SyncGroups(report, () => clock.wall());
    this.#troubles = new Troubles(log);
    this.#notes = new ResumeNotes(memory, now);
    this.#peers = new PeerWatch(report);
    this.#authentication = new Authentication(options.keys ?? noKeys, clock);
    this.#sockets = new AdvertisementSockets(
      vrrpSockets,
      {
        onDatagram: (...heard) => this.#onDatagram(...heard),
        onSent: (instance, priority) => this.#stepper.onSent(instance, priority),
        onSendFailed: (instance, code) => this.#troubles.notSent(instance, "advertisement-not-sent", code),
        onTrouble: (linkName, reason) => this.#troubles.onSocket(linkName, reason),
      },
      (instance, datagram) => this.#authentication.seal(instance, datagram),
    );
    this.#keeper = new AddressKeeper(links, this.#network, own, now, {
      onChange: (...change) => this.#onAddressChanged(...change),
      onLatePut: (instance, addresses) => this.#stepper.announce(instance, addresses),
      onRefused: (operation, object, thrown) => this.#troubles.refused(operation, object, thrown),
    });
    this.#belongings =
      options.belongings &&
      new Belongings(options.belongings, {
        ...{ links, network: this.#network, now, report },
        onKernelChange: () => this.#onDeadline(clock.now(), milliseconds(0)),
        onRefused: (operation, object, thrown) => this.#troubles.refused(operation, object, thrown),
      });
    this.#announcer = new Announcer(frames, now, {
      onSent: (instance, count) => {
        instance.counters.announcementsSent += count;
      },
      onRefused: (instance, cause) => this.#troubles.notSent(instance, "announcement-not-sent", cause),
    });
    const found = { clock, network: this.#network, surroundings: this.#surroundings, troubles: this.#troubles };
    const effects = { sockets: this.#sockets, keeper: this.#keeper, notes: this.#notes, deadlines: this.#deadlines };
    const groups = this.#groups;
    this.#guard = new AddressGuard(
      { neighbourWatches, now, network: this.#network, instances: this.#instances },
      {
        onClaimed: (...claim) => this.#onAddressClaimed(...claim),
        onChecked: ({ owner, address, neighbour }, learned) =>
          report({ kind: "neighbour-checked", instance: owner.config.name, address, neighbour, learned }),
        send: (link, frames) => this.#announcer.send(link, frames),
        onTrouble: (linkName, reason) => this.#troubles.onSocket(linkName, reason),
      },
    );
    const follow = (instance: RunningInstance) => this.#belongings?.follow(instance);
    const outgoing = { announcer: this.#announcer, guard: this.#guard };
    this.#stepper = new Stepper({ ...found, ...effects, ...outgoing, report, follow, groups });
    const mendLinks = () => this.#belongings?.mendLinks();
    this.#environments = new Environments({
      ...{ ...found, stepper: this.#stepper, groups, mendLinks },
      ...{ sockets: this.#sockets, authentication: this.#authentication, report },
    });
    this.#hearing = new Hearing({
      ...{ authentication: this.#authentication, peers: this.#peers, stepper: this.#stepper, report },
    });
    const steps = { stepper: this.#stepper, environments: this.#environments };
    this.#tracking = new Tracking(this.#instances, {
      ...{ ...found, ...steps, report, linkStates: this.#linkStates },
      ...{ createWatcher: options.createWatcher, readSession: options.readSession },
      beginTurn: () => this.#startTurn(),
      endTurn: () => this.#settle(),
    });
    const announced = { announcer: this.#announcer };
    this.#addressCheck = new AddressCheck({ ...found, ...steps, ...announced, keeper: this.#keeper });
    const checked = { addressCheck: this.#addressCheck };
    this.#linkChanges = new LinkChanges(this.#instances, { ...found, ...steps, ...announced, ...checked });
    this.#configuring = new Configuring(this.#instances, {
      ...found,
      ...effects,
      ...steps,
      groups,
      tracking: this.#tracking,
      authentication: this.#authentication,
      advertiseDue: () => this.#advertiseDue(),
    });
    if (options.rehearses !== false)
      this.#rehearsal = new Rehearsal((stage) => new VrrpDriver({ ...stage, keys: options.keys ?? noKeys }), clock);
    this.#suspensions = new Suspensions(clock);
    this.#wakeUp = new WakeUp(createTimer, clock, (at, heldUp) => this.#onDeadline(at, heldUp));
  }

  /**
   * Makes the model the running one. Instances that are the same are not touched; changed ones keep their state unless they are about
   * another virtual router. Gives what the kernel refused meanwhile; a missing interface is no failure but state fault.
   */
  configure(model: VrrpModel): readonly OperationFailure[] {
    if (this.#closed) return [];
    this.#startTurn();
    this.#troubles.startAnew();
    const isFirst = this.#watch === undefined;
    if (isFirst) this.#begin();
    this.#keeper.setLease(model.addressLease);
    this.#belongings?.prepare(model);
    this.#configuring.delayStartups(model.general);
    this.#announcer.setPaces(model.general);
    this.#tracking.configure(model);
    if (this.#configuring.apply(model, isFirst)) this.#addressCheck.want();
    this.#belongings?.finish();
    this.#followStatic();
    this.#settle();
    this.keepReady();
    return this.#troubles.take();
  }

  /** Rehearses the takeover of a backup, if that is due. For whoever has a moment to spare while nothing is heard: a master that is silent
   * is the one that will have to be followed. */
  keepReady(): void {
    for (const instance of this.#instances.values())
      if (instance.state.kind === "backup") return this.#rehearse(instance);
  }

  /** The instances as they are now. */
  state(): InstanceView[] {
    return [...this.#instances.values()].map((instance) => {
      const trackers = this.#tracking.viewOf(instance.configured);
      const explanation = explanationOf(instance, this.#options.clock, this.#groups.waitsFor(instance));
      const view = { ...viewOf(instance, (one) => this.#keeper.isThere(one), trackers), explanation };
      const belongings = this.#belongings?.viewOf(instance) ?? [];
      const peerDifferences = this.#peers.view(instance);
      const heartbeatPaths = viewOfPaths(instance, this.#sockets);
      return {
        ...view,
        ...(belongings.length > 0 && { belongings }),
        ...(peerDifferences.length > 0 && { peerDifferences }),
        ...(heartbeatPaths.length > 0 && { heartbeatPaths }),
      };
    });
  }

  /** Tells the segments anew where the addresses of a master live; false: there is no such master. */
  announce(name: string): boolean {
    const instance = [...this.#instances.values()].find(({ config }) => config.name === name);
    if (instance === undefined || instance.state.kind !== "master") return false;
    this.#startTurn();
    this.#stepper.announce(instance, instance.config.virtualAddresses);
    this.#settle();
    return true;
  }

  /** A BFD session is another thing than before: those who follow it take that in. */
  onSession(name: string): void {
    if (this.#closed) return;
    this.#startTurn();
    this.#tracking.onSession(name);
    this.#settle();
  }

  /** What there shall be whoever is master, and whether it is there. */
  staticObjects(): readonly BelongingView[] {
    return this.#belongings?.staticView() ?? [];
  }

  /** The sync groups as they are now. */
  syncGroups(): SyncGroupView[] {
    return this.#groups.view();
  }

  /** Ends for good: sends priority 0 and removes the addresses; those of the process before, if nothing has been configured yet. `keep`: leaves all as a hand-over does; the addresses end with their lease unless a process comes back. */
  stop({ keep }: { readonly keep: boolean }): void {
    if (this.#closed) return;
    if (keep) {
      this.handOver();
      return;
    }
    this.#takeBack();
    if (this.#watch === undefined) this.#takeOverFromBefore();
    for (const instance of this.#instances.values())
      this.#stepper.step(instance, { kind: "shutdown", reason: "stopped" });
    this.#sockets.flush();
    this.#belongings?.end();
    this.#options.memory.saveInstances([]);
    this.#close();
  }

  /** Ends and leaves everything in place for the next process, which resumes from what is remembered. */
  handOver(): void {
    this.#takeBack();
    this.#sockets.flush();
    this.#notes.save(this.#instances.values(), this.#isOurs);
    this.#close();
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#wakeUp.maxLateness();
  }

  /** Datagrams for virtual routers that are not configured here, since the start. */
  unknownVirtualRouters(): number {
    return this.#sockets.unknownVirtualRouters;
  }

  /** Whether this process or the one before has put the address. */
  #isPut({ linkIndex, address, prefixLength }: LinkAddress): boolean {
    const form = { address, prefixLength, interface: this.#network.link(linkIndex)?.name ?? "" };
    return this.#keeper.hasPut(linkIndex, form) || this.#notes.hasLeft(form);
  }

  #begin(): void {
    this.#watch = this.#options.links.watch((change) => this.#onLinkChange(change));
    this.#environments.observe(this.#instances.values());
    this.#notes.read();
  }

  /** Removes what the process before has left, for there is nobody who wants it. */
  #takeOverFromBefore(): void {
    this.#begin();
    this.#configuring.apply({ instances: [] }, true);
  }

  #onDatagram(instance: RunningInstance, datagram: ReceivedDatagram, way: Way): void {
    if (this.#closed) return;
    this.#startTurn();
    const isStepped = this.#hearing.take(instance, datagram, way);
    this.#settle();
    if (isStepped) this.#rehearse(instance);
  }

  /** The time after a master was heard is the quietest that there is. */
  #rehearse(instance: RunningInstance): void {
    const { config, state } = instance;
    if (state.kind !== "backup") return;
    const hasPlayed = this.#rehearsal?.playIfDue(config, this.#deadlines.earliest());
    if (hasPlayed === true) this.#sockets.prepare(instance, state.source, config.priority);
  }

  #onLinkChange(change: LinkChange): void {
    if (this.#closed) return;
    this.#startTurn();
    this.#belongings?.note(change);
    this.#linkChanges.take(change);
    this.#tracking.onLink(change);
    this.#settle();
  }

  /**
   * Before anything else in a turn: what was to leave by itself is taken back, or taken in where it has left; a master that was suspended for long gives
   * up its addresses before it advertises.
   */
  #startTurn(): void {
    this.#takeBack();
    const length = this.#suspensions.take();
    if (length === undefined) return;
    for (const instance of this.#instances.values()) this.#stepper.step(instance, { kind: "suspended", length });
  }

  #takeBack(): void {
    const departed = this.#sockets.takeBack();
    if (departed === undefined) return;
    this.#stepper.onLeft(departed.instance, departed.at);
    this.#sockets.flush();
  }

  #onDeadline(now: Instant, heldUp: Milliseconds): void {
    if (this.#closed) return;
    this.#startTurn();
    if (heldUp > unusual) this.#deadlines.holdTakeovers(after(now, readingTime));
    this.#stepDue(now);
    // What follows asks the kernel this and that.
    this.#sockets.flush();
    this.#environments.retryIfDue(now, this.#instances.values());
    if (this.#addressCheck.checkIfDue(now, this.#instances.values())) {
      this.#belongings?.check();
      this.#tracking.onLinks();
    }
    this.#settleLinks(now);
    this.#keeper.renewIfDue(now);
    this.#announcer.sendDue(now);
    this.#guard.attend(now);
    this.#belongings?.checkIfDue(now);
    this.#followStatic();
    this.#settle();
  }

  /** Instances that follow static objects hear what has become of them. */
  #followStatic(): void {
    if (this.#belongings !== undefined) this.#tracking.onTrackGroups(this.#belongings.takeTrackGroups());
  }

  /** Links whose change has lasted count as changed. */
  #settleLinks(now: Instant): void {
    const due = this.#linkStates.nextDeadline();
    if (due === undefined || due > now) return;
    this.#environments.refresh(this.#instances.values());
    this.#tracking.onLinks();
  }

  /** In the middle of long work: masters whose deadline has come are stepped. Nobody takes over: what has been heard meanwhile is unread. */
  #advertiseDue(): void {
    const now = this.#options.clock.now();
    let due = this.#deadlines.dueMaster(now);
    if (due === undefined) return;
    for (; due !== undefined; due = this.#deadlines.dueMaster(now)) this.#stepDueAt(due, now);
    this.#sockets.flush();
  }

  /** Steps all whose deadline has come, until the turn has been long enough: datagrams wait meanwhile. */
  #stepDue(start: Instant): void {
    const end = after(start, longestTurn);
    for (
      let due = this.#deadlines.due(start);
      due !== undefined && this.#options.clock.now() < end;
      due = this.#deadlines.due(start)
    )
      this.#stepDueAt(due, start);
  }

  /** One that leaves early for the sake of company counts as in time. */
  #stepDueAt({ owner, at }: Due, now: Instant): void {
    this.#stepper.step(owner, { kind: "deadline" }, at > now ? at : now);
  }

  #onAddressClaimed(instance: RunningInstance, address: VirtualAddressModel, hardwareAddress: string): void {
    if (this.#closed) return;
    this.#startTurn();
    instance.counters.addressClaims += 1;
    this.#stepper.step(instance, { kind: "address-claimed", address, hardwareAddress });
    this.#settle();
  }

  #onAddressChanged(
    instance: string,
    address: VirtualAddressModel,
    change: AddressChanged["change"],
    losses?: LossesTold,
  ): void {
    this.#notes.noteChange();
    const { address: bare, prefixLength, interface: link } = address;
    const kind = "address-changed";
    const event = { kind, instance, interface: link, address: bare, prefixLength, change } as const;
    if (losses === undefined || losses.times === 1) this.#options.report(event);
    else this.#options.report({ ...event, times: losses.times, during: losses.during });
  }

  /** The end of each turn. */
  #settle(): void {
    this.#sockets.flush();
    this.#sendAhead();
    this.#notes.saveIfDue(this.#instances.values(), this.#isOurs);
    this.#wakeUp.arm([
      this.#deadlines.earliest(),
      this.#keeper.nextDeadline(),
      this.#notes.nextDeadline(),
      this.#environments.nextDeadline(),
      this.#addressCheck.nextDeadline(),
      this.#announcer.nextDeadline(),
      this.#guard.nextDeadline(),
      this.#linkStates.nextDeadline(),
      this.#belongings?.nextDeadline(),
    ]);
  }

  /** The next advertisement of all is handed over: the reader of the sockets sends it at its time, whatever this thread does then. */
  #sendAhead(): void {
    const first = this.#deadlines.firstMaster();
    const ahead = first && advertisementAhead(first.config, first.state);
    if (first !== undefined && ahead !== undefined) this.#sockets.sendAhead(first, ahead);
  }

  #close(): void {
    this.#closed = true;
    this.#tracking.close();
    this.#wakeUp.close();
    this.#watch?.close();
    this.#sockets.close();
    this.#announcer.close();
    this.#guard.close();
    this.#belongings?.close();
    this.#options.links.close();
  }
}

/** How long deadlines are worked off before whatever else waits has its turn. */
const longestTurn = milliseconds(5);

/** A process that wakes up so much later than it asked for was stopped or starved: its sockets hold what it has not heard. */
const unusual = milliseconds(10);

/** How long takeovers wait for what is unread to be read. */
const readingTime = milliseconds(5);
