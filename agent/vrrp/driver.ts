// The VRRP driver: runs the pure instances on real interfaces. Everything from outside (kernel, clock, memory) is handed in.
//
// Every entry (configuration, datagram, link change, deadline) is one turn, and turns do not nest: take back what was to leave by itself, step the
// instances concerned, then settle: send what waits, hand over what is to leave by itself next, remember what changed, arm the timer for the
// earliest deadline. What it is put together from is in parts.ts.

import { after, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { VrrpModel } from "../config/model.ts";
import type { VirtualAddressModel } from "../config/model-routing.ts";
import type { LinkChange } from "../kernel/links.ts";
import type { ReceivedDatagram } from "../kernel/vrrp-socket.ts";
import { advertisementAhead } from "./core/ahead.ts";
import { explanationOf } from "./explaining/explaining.ts";
import { viewOf } from "./explaining/instance-view.ts";
import type { RunningInstance } from "./instances/running-instance.ts";
import { type DriverParts, partsOf, type VrrpDriverOptions } from "./parts.ts";
import { noKeys } from "./sockets/authentication.ts";
import { viewOfPaths } from "./sockets/heartbeat-paths.ts";
import type { Way } from "./sockets/way.ts";
import type { Due } from "./timing/deadlines.ts";
import { Rehearsal } from "./timing/rehearsal.ts";
import { Suspensions } from "./timing/suspensions.ts";
import { WakeUp } from "./timing/wake-up.ts";
import type { BelongingView, InstanceView, SyncGroupView } from "./view.ts";

/** All VRRP instances of a director. Idle until the first `configure`. */
export class VrrpDriver {
  readonly #options: VrrpDriverOptions;
  readonly #instances = new Map<string, RunningInstance>();
  readonly #parts: DriverParts;
  readonly #wakeUp: WakeUp;
  readonly #suspensions: Suspensions;
  readonly #rehearsal: Rehearsal | undefined;
  #watch: { close(): void } | undefined;
  #closed = false;
  readonly #isOurs = (address: VirtualAddressModel): boolean => this.#parts.keeper.isOurs(address);

  constructor(options: VrrpDriverOptions) {
    const { clock, createTimer, keys = noKeys } = options;
    this.#options = options;
    this.#parts = partsOf(options, this.#instances, {
      onDatagram: (...heard) => this.#onDatagram(...heard),
      onDeadline: (now, heldUp) => this.#onDeadline(now, heldUp),
      onAddressClaimed: (...claim) => this.#onAddressClaimed(...claim),
      beginTurn: () => this.#startTurn(),
      endTurn: () => this.#settle(),
      advertiseDue: () => this.#advertiseDue(),
    });
    if (options.rehearses !== false)
      this.#rehearsal = new Rehearsal((stage) => new VrrpDriver({ ...stage, keys }), clock);
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
    this.#parts.troubles.startAnew();
    const isFirst = this.#watch === undefined;
    if (isFirst) this.#begin();
    this.#parts.keeper.setLease(model.addressLease);
    this.#parts.belongings?.prepare(model);
    this.#parts.configuring.delayStartups(model.general);
    this.#parts.announcer.setPaces(model.general);
    this.#parts.tracking.configure(model);
    if (this.#parts.configuring.apply(model, isFirst)) this.#parts.addressCheck.want();
    this.#parts.belongings?.finish();
    this.#followStatic();
    this.#settle();
    this.keepReady();
    return this.#parts.troubles.take();
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
      const trackers = this.#parts.tracking.viewOf(instance.configured);
      const explanation = explanationOf(instance, this.#options.clock, this.#parts.groups.waitsFor(instance));
      const view = { ...viewOf(instance, (one) => this.#parts.keeper.isThere(one), trackers), explanation };
      const belongings = this.#parts.belongings?.viewOf(instance) ?? [];
      const peerDifferences = this.#parts.peers.view(instance);
      const heartbeatPaths = viewOfPaths(instance, this.#parts.sockets);
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
    this.#parts.stepper.announce(instance, instance.config.virtualAddresses);
    this.#settle();
    return true;
  }

  /** A BFD session is another thing than before: those who follow it take that in. */
  onSession(name: string): void {
    if (this.#closed) return;
    this.#startTurn();
    this.#parts.tracking.onSession(name);
    this.#settle();
  }

  /** What there shall be whoever is master, and whether it is there. */
  staticObjects(): readonly BelongingView[] {
    return this.#parts.belongings?.staticView() ?? [];
  }

  /** The sync groups as they are now. */
  syncGroups(): SyncGroupView[] {
    return this.#parts.groups.view();
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
      this.#parts.stepper.step(instance, { kind: "shutdown", reason: "stopped" });
    this.#parts.sockets.flush();
    this.#parts.belongings?.end();
    this.#options.memory.saveInstances([]);
    this.#close();
  }

  /** Ends and leaves everything in place for the next process, which resumes from what is remembered. */
  handOver(): void {
    this.#takeBack();
    this.#parts.sockets.flush();
    this.#parts.notes.save(this.#instances.values(), this.#isOurs);
    this.#close();
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#wakeUp.maxLateness();
  }

  /** Datagrams for virtual routers that are not configured here, since the start. */
  unknownVirtualRouters(): number {
    return this.#parts.sockets.unknownVirtualRouters;
  }

  #begin(): void {
    this.#watch = this.#options.links.watch((change) => this.#onLinkChange(change));
    this.#parts.environments.observe(this.#instances.values());
    this.#parts.notes.read();
  }

  /** Removes what the process before has left, for there is nobody who wants it. */
  #takeOverFromBefore(): void {
    this.#begin();
    this.#parts.configuring.apply({ instances: [] }, true);
  }

  #onDatagram(instance: RunningInstance, datagram: ReceivedDatagram, way: Way): void {
    if (this.#closed) return;
    this.#startTurn();
    const isStepped = this.#parts.hearing.take(instance, datagram, way);
    this.#settle();
    if (isStepped) this.#rehearse(instance);
  }

  /** The time after a master was heard is the quietest that there is. */
  #rehearse(instance: RunningInstance): void {
    const { config, state } = instance;
    if (state.kind !== "backup") return;
    const hasPlayed = this.#rehearsal?.playIfDue(config, this.#parts.deadlines.earliest());
    if (hasPlayed === true) this.#parts.sockets.prepare(instance, state.source, config.priority);
  }

  #onLinkChange(change: LinkChange): void {
    if (this.#closed) return;
    this.#startTurn();
    this.#parts.belongings?.note(change);
    this.#parts.linkChanges.take(change);
    this.#parts.tracking.onLink(change);
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
    for (const instance of this.#instances.values()) this.#parts.stepper.step(instance, { kind: "suspended", length });
  }

  #takeBack(): void {
    const departed = this.#parts.sockets.takeBack();
    if (departed === undefined) return;
    this.#parts.stepper.onLeft(departed.instance, departed.at);
    this.#parts.sockets.flush();
  }

  #onDeadline(now: Instant, heldUp: Milliseconds): void {
    if (this.#closed) return;
    this.#startTurn();
    if (heldUp > unusual) this.#parts.deadlines.holdTakeovers(after(now, readingTime));
    this.#stepDue(now);
    // What follows asks the kernel this and that.
    this.#parts.sockets.flush();
    this.#parts.environments.retryIfDue(now, this.#instances.values());
    if (this.#parts.addressCheck.checkIfDue(now, this.#instances.values())) {
      this.#parts.belongings?.check();
      this.#parts.tracking.onLinks();
    }
    this.#settleLinks(now);
    this.#parts.keeper.renewIfDue(now);
    this.#parts.announcer.sendDue(now);
    this.#parts.guard.attend(now);
    this.#parts.belongings?.checkIfDue(now);
    this.#followStatic();
    this.#settle();
  }

  /** Instances that follow static objects hear what has become of them. */
  #followStatic(): void {
    if (this.#parts.belongings !== undefined)
      this.#parts.tracking.onTrackGroups(this.#parts.belongings.takeTrackGroups());
  }

  /** Links whose change has lasted count as changed. */
  #settleLinks(now: Instant): void {
    const due = this.#parts.linkStates.nextDeadline();
    if (due === undefined || due > now) return;
    this.#parts.environments.refresh(this.#instances.values());
    this.#parts.tracking.onLinks();
  }

  /** In the middle of long work: masters whose deadline has come are stepped. Nobody takes over: what has been heard meanwhile is unread. */
  #advertiseDue(): void {
    const now = this.#options.clock.now();
    let due = this.#parts.deadlines.dueMaster(now);
    if (due === undefined) return;
    for (; due !== undefined; due = this.#parts.deadlines.dueMaster(now)) this.#stepDueAt(due, now);
    this.#parts.sockets.flush();
  }

  /** Steps all whose deadline has come, until the turn has been long enough: datagrams wait meanwhile. */
  #stepDue(start: Instant): void {
    const end = after(start, longestTurn);
    for (
      let due = this.#parts.deadlines.due(start);
      due !== undefined && this.#options.clock.now() < end;
      due = this.#parts.deadlines.due(start)
    )
      this.#stepDueAt(due, start);
  }

  /** One that leaves early for the sake of company counts as in time. */
  #stepDueAt({ owner, at }: Due, now: Instant): void {
    this.#parts.stepper.step(owner, { kind: "deadline" }, at > now ? at : now);
  }

  #onAddressClaimed(instance: RunningInstance, address: VirtualAddressModel, hardwareAddress: string): void {
    if (this.#closed) return;
    this.#startTurn();
    instance.counters.addressClaims += 1;
    this.#parts.stepper.step(instance, { kind: "address-claimed", address, hardwareAddress });
    this.#settle();
  }

  /** The end of each turn. */
  #settle(): void {
    this.#parts.sockets.flush();
    this.#sendAhead();
    this.#parts.notes.saveIfDue(this.#instances.values(), this.#isOurs);
    this.#wakeUp.arm([
      this.#parts.deadlines.earliest(),
      this.#parts.keeper.nextDeadline(),
      this.#parts.notes.nextDeadline(),
      this.#parts.environments.nextDeadline(),
      this.#parts.addressCheck.nextDeadline(),
      this.#parts.announcer.nextDeadline(),
      this.#parts.guard.nextDeadline(),
      this.#parts.linkStates.nextDeadline(),
      this.#parts.belongings?.nextDeadline(),
    ]);
  }

  /**
   * The next advertisement of all that can be is handed over: the reader of the sockets sends it at its time, whatever this thread does then. In a sync
   * group the others are asked before one takes over.
   */
  #sendAhead(): void {
    const { deadlines, groups, sockets } = this.#parts;
    for (const instance of deadlines.upcoming()) {
      const ahead = advertisementAhead(instance.config, instance.state);
      const isSure = ahead !== undefined && (!ahead.takesOver || groups.othersOf(instance).length === 0);
      if (isSure && sockets.sendAhead(instance, ahead)) return;
    }
  }

  #close(): void {
    this.#closed = true;
    this.#parts.tracking.close();
    this.#wakeUp.close();
    this.#watch?.close();
    this.#parts.sockets.close();
    this.#parts.announcer.close();
    this.#parts.guard.close();
    this.#parts.belongings?.close();
    this.#options.links.close();
  }
}

/** How long deadlines are worked off before whatever else waits has its turn. */
const longestTurn = milliseconds(5);

/** A process that wakes up so much later than it asked for was stopped or starved: its sockets hold what it has not heard. */
const unusual = milliseconds(10);

/** How long takeovers wait for what is unread to be read. */
const readingTime = milliseconds(5);
