// Keeps the kernel's table as it is desired. One story serves a push, a verdict, drift and a restart: observe, plan, apply.
//
// The first configuration looks at the whole table, and so does the check soon after a push or a refusal. In between a glance every five seconds asks
// for the services, and for the destinations of some; what it finds leads to a look at everything. A push looks at the services that it changes. A verdict looks at nothing: its services are planned against what the kernel is known to have. If that is
// wrong, the kernel refuses, and then it is looked at and planned again. Nothing is ever flushed, and services that are not ours are never touched.

import type { CreateTimer, Timer } from "../base/clock.ts";
import { type Instant, instant, type Milliseconds, seconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import { Lateness } from "../base/lateness.ts";
import type { Log } from "../base/log.ts";
import type { BalancerModel, RealServerModel, VirtualServerModel } from "../config/model.ts";
import {
  type IpvsOperation,
  type ObservedService,
  type OperationCounts,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { CheckPace } from "./check-pace.ts";
import { cutConnections, hasRemovals } from "./core/cut-connections.ts";
import { desiredServices, desiredTable, servicesOf, type Verdicts } from "./core/desired.ts";
import { configuredWeight, type IsUp, type WeightOf } from "./core/quorum.ts";
import type { Table } from "./core/table.ts";
import type { KernelSettings } from "./kernel-settings.ts";
import { Quorums } from "./quorums.ts";
import { Ramps } from "./ramps.ts";
import { type KeeperPorts, type Some, TableKeeper } from "./table-keeper.ts";
import type { IpvsView, VirtualServerView } from "./view.ts";
import { type VerdictOf, virtualServerView } from "./virtual-server-view.ts";

/** What the reconciler is handed. */
export interface ReconcilerPorts extends KeeperPorts {
  readonly createTimer: CreateTimer;
  readonly log: Log;
  /** The verdicts as they are at the moment of the call. */
  readonly isUp: IsUp;
  /** The weights, at the same moment; those that are configured unless given. */
  readonly weightOf?: WeightOf;
  /** What the kernel has besides the table; none of it where a test needs none. */
  readonly settings?: KernelSettings;
  /** From one glance at the table to the next; five seconds unless given. */
  readonly checkInterval?: Milliseconds;
}

/** Programs IPVS. Does nothing until a configuration is applied. */
export class Reconciler {
  readonly #ports: ReconcilerPorts;
  readonly #keeper: TableKeeper;
  readonly #quorums: Quorums;
  readonly #ramps: Ramps;
  readonly #pace: CheckPace;
  readonly #timer: Timer;
  readonly #changed = new Set<VirtualServerModel>();
  #model: BalancerModel | undefined;
  #running: ReadonlySet<VirtualServerModel> = new Set();
  #flushAt: Instant | undefined;
  #settingDrifts = 0;
  readonly #lateness = new Lateness();

  constructor(ports: ReconcilerPorts) {
    this.#ports = ports;
    this.#keeper = new TableKeeper(ports);
    this.#quorums = new Quorums(ports.report, ports.weightOf);
    this.#ramps = new Ramps(ports.clock, ports.weightOf ?? configuredWeight);
    this.#pace = new CheckPace(ports.checkInterval ?? seconds(5));
    this.#timer = ports.createTimer(() => this.#onTimer());
  }

  /** Makes a configuration the running one and the table what it wants; empty when the kernel acknowledged everything. Otherwise what was
   * changed is taken back, the former configuration stays the running one, and the failures are returned. Only the first configuration
   * after a start has none to go back to: what can be had of it stays, the rest is tried again. `isUp` judges real servers that no checker runs for yet. */
  apply(model: BalancerModel, isUp: IsUp = this.#ports.isUp): OperationFailure[] {
    const former = this.#model;
    const failures = former === undefined ? this.#applyFirst(model, isUp) : this.#replace(former, model, isUp);
    const now = this.#ports.clock.now();
    if (failures.length > 0) this.#pace.failed(now);
    else if (former === undefined) this.#pace.right(now);
    else this.#pace.pushed(now);
    this.#arm();
    return failures;
  }

  /** A real server of this virtual server went in or out. All such calls of one turn of the event loop become one change of the table. */
  verdictChanged(virtualServer: VirtualServerModel, realServer?: RealServerModel): void {
    if (realServer !== undefined) this.#ramps.verdictChanged(virtualServer, realServer, this.#ports.isUp(realServer));
    this.#changed.add(virtualServer);
    this.#flushAt ??= this.#ports.clock.now();
    this.#arm();
  }

  /** The configuration that runs: the one that was applied last and not taken back. */
  get running(): BalancerModel | undefined {
    return this.#model;
  }

  /** How many operations the kernel has acknowledged since the start. */
  get acknowledged(): OperationCounts {
    return this.#keeper.known.acknowledged;
  }

  /** What was done to the table since the start. */
  ipvsView(): IpvsView {
    return { ...this.acknowledged, drifts: this.#drifts };
  }

  /** The running virtual servers as the kernel has them; without the kernel's part when it cannot be asked. */
  views(verdictOf: VerdictOf): VirtualServerView[] {
    const { virtualServers } = this.#model ?? { virtualServers: [] };
    if (virtualServers.length === 0) return [];
    const seen = new Map<string, ObservedService>();
    this.#keeper.guard(() => {
      for (const entry of this.#ports.ipvs.observe()) seen.set(serviceKeyText(entry.service.key), entry);
      return [];
    });
    return virtualServers.map((server) => virtualServerView(server, seen, verdictOf, this.#quorums));
  }

  /** What `apply` would do to the live kernel. Throws an OperationError when the kernel cannot be asked. */
  plan(model: BalancerModel, isUp: IsUp = this.#ports.isUp): IpvsOperation[] {
    if (this.#isNothingToDo(model)) return [];
    return this.#keeper.plan(desiredTable(model, this.#verdictsOf(isUp)));
  }

  /** The established connections that operations would cut. Throws an OperationError when the kernel cannot be asked. */
  cutBy(operations: readonly IpvsOperation[]): number {
    return hasRemovals(operations) ? cutConnections(operations, this.#ports.ipvs.observe()) : 0;
  }

  /** Compares the whole table with what is desired, reports what differs without our doing, and repairs it. */
  reconcile(): OperationFailure[] {
    const model = this.#model;
    if (model === undefined) return [];
    const driftsBefore = this.#drifts;
    const failures = [
      ...this.#setting((settings) => {
        this.#settingDrifts += settings.repair();
      }),
      ...this.#keeper.guard(() =>
        this.#isNothingToDo(model) ? [] : this.#keeper.repair(desiredTable(model, this.#verdicts)),
      ),
    ];
    const now = this.#ports.clock.now();
    if (failures.length > 0) this.#pace.failed(now);
    else if (this.#drifts > driftsBefore) this.#pace.repaired(now);
    else this.#pace.right(now);
    this.#arm();
    return failures;
  }

  /** Ends the work. Removes our services, unless they are to be kept, and nobody else's unless that is configured. */
  stop({ keep }: { readonly keep: boolean }): OperationFailure[] {
    const flushes = this.#model?.ipvs?.flushAtStop === true;
    this.close();
    if (keep) return [];
    return [
      ...this.#keeper.guard(() => {
        if (flushes) this.#keeper.claimEverything(this.#keeper.known.observe());
        if (flushes) this.#keeper.known.doubt();
        return this.#keeper.removeOwned();
      }),
      ...this.#setting((settings) => settings.restore()),
    ];
  }

  /** Ends the work and leaves the table as it is. */
  close(): void {
    this.#timer.close();
    this.#model = undefined;
    this.#changed.clear();
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#lateness.take();
  }

  #applyFirst(model: BalancerModel, isUp: IsUp): OperationFailure[] {
    this.#model = model;
    const unset = this.#setting((settings) => settings.apply(model));
    const failures = this.#keeper.guard(() => {
      if (this.#isNothingToDo(model)) return [];
      const observed = this.#keeper.known.observe();
      if (model.ipvs?.flushAtStart === true) this.#keeper.claimEverything(observed);
      this.#quorums.learn(model.virtualServers, observed);
      const desired = desiredTable(model, this.#verdictsOf(isUp));
      return this.#keeper.establish(desired, this.#keeper.planFrom(desired, observed));
    });
    this.#run(model, isUp);
    return [...unset, ...failures];
  }

  #replace(former: BalancerModel, model: BalancerModel, isUp: IsUp): OperationFailure[] {
    const unset = this.#setting((settings) => settings.apply(model));
    const failures = unset.length > 0 ? unset : this.#replaceTable(former, model, isUp);
    if (failures.length > 0) failures.push(...this.#setting((settings) => settings.apply(former)));
    return failures;
  }

  #replaceTable(former: BalancerModel, model: BalancerModel, isUp: IsUp): OperationFailure[] {
    const { ownership } = this.#keeper;
    const ownedBefore = ownership.keys;
    let before: Table | undefined;
    const failures = this.#keeper.guard(() => {
      if (this.#isNothingToDo(model)) return [];
      const some = this.#someOf(former, model, isUp);
      if (some !== undefined) {
        const push = this.#keeper.planSome(some);
        before = push.before;
        if (this.#keeper.establishSome(some, push.operations)) return [];
      }
      const { known } = this.#keeper;
      const desired = desiredTable(model, this.#verdictsOf(isUp), known.isTrusted ? known.services : undefined);
      const push = this.#keeper.planPush(desired);
      before ??= push.before;
      return this.#keeper.establish(desired, push.operations);
    });
    if (failures.length === 0) this.#run(model, isUp);
    else if (before !== undefined) failures.push(...this.#goBack(former, model, before, ownedBefore));
    return failures;
  }

  /** What a push changes where most virtual servers are the objects that run already; undefined where they are not, or not all is known. */
  #someOf(former: BalancerModel, model: BalancerModel, isUp: IsUp): Some | undefined {
    if (!this.#keeper.known.isTrusted) return undefined;
    const fresh = model.virtualServers.filter((server) => !this.#isSettled(server));
    if (fresh.length > model.virtualServers.length / 2) return undefined;
    const stays = new Set(model.virtualServers);
    const verdicts = this.#verdictsOf(isUp);
    const desired = fresh.flatMap((server) => desiredServices(server, verdicts));
    const wanted = new Set(desired.map(({ service }) => serviceKeyText(service.key)));
    const gone = former.virtualServers.filter((server) => !stays.has(server));
    const keys = gone.flatMap((server) => Array.from(servicesOf(server), ({ key }) => key));
    return { desired, removed: keys.filter((key) => !wanted.has(serviceKeyText(key))) };
  }

  #run(model: BalancerModel, isUp: IsUp): void {
    this.#quorums.run(model.virtualServers, isUp, this.#isSettled);
    this.#model = model;
    this.#running = new Set(model.virtualServers);
  }

  /** One that runs as it is, and of which no verdict waits to be carried out: what is known of it is what it wants. */
  readonly #isSettled = (server: VirtualServerModel): boolean =>
    this.#running.has(server) && !this.#changed.has(server);

  /** Goes back to the former configuration; a service that was somebody else's before the attempt is given back as it was. */
  #goBack(
    former: BalancerModel,
    model: BalancerModel,
    before: Table,
    ours: ReadonlyMap<string, ServiceKey>,
  ): OperationFailure[] {
    const wanted = new Map(desiredTable(former, this.#verdicts));
    for (const server of model.virtualServers)
      for (const service of servicesOf(server)) {
        const key = serviceKeyText(service.key);
        const foreign = ours.has(key) ? undefined : before.get(key);
        if (foreign !== undefined) wanted.set(key, foreign);
      }
    return this.#keeper.guard(() => {
      const failures = this.#keeper.establish(wanted, this.#keeper.plan(wanted));
      if (failures.length === 0) this.#keeper.ownership.keepOnly(ours.values());
      return failures;
    });
  }

  #flush(): void {
    const servers = [...this.#changed].filter((server) => this.#running.has(server));
    this.#changed.clear();
    const failures = this.#keeper.guard(() =>
      this.#keeper.bring(servers.flatMap((server) => desiredServices(server, this.#verdicts))),
    );
    this.#quorums.note(servers, this.#ports.isUp);
    if (failures.length === 0) return;
    this.#keeper.known.doubt();
    this.#pace.failed(this.#ports.clock.now());
  }

  get #drifts(): number {
    return this.#keeper.drifts + this.#settingDrifts;
  }

  #setting(work: (settings: KernelSettings) => void): OperationFailure[] {
    const { settings } = this.#ports;
    if (settings === undefined) return [];
    return this.#keeper.guard(() => {
      work(settings);
      return [];
    });
  }

  /** A director that balances nothing, and has nothing to remove, needs no IPVS in its kernel. */
  #isNothingToDo(model: BalancerModel): boolean {
    return model.virtualServers.length === 0 && this.#keeper.ownership.keys.size === 0;
  }

  #verdictsOf(isUp: IsUp): Verdicts {
    return { ...this.#quorums.verdicts(isUp), weightsOf: (server) => this.#ramps.weightsOf(server) };
  }

  get #verdicts(): Verdicts {
    return this.#verdictsOf(this.#ports.isUp);
  }

  #onTimer(): void {
    const now = this.#ports.clock.now();
    this.#lateness.note(this.#nextDeadline(), now);
    this.#climb(now);
    if (this.#flushAt !== undefined && this.#flushAt <= now) {
      this.#flushAt = undefined;
      this.#flush();
    }
    this.#check(now);
    this.#arm();
  }

  /** Weights that are due to rise are changes like others. */
  #climb(now: Instant): void {
    const next = this.#ramps.next;
    if (next === undefined || next > now) return;
    const due = this.#ramps.takeDue(now);
    for (const server of this.#running) if (due.has(server.name)) this.verdictChanged(server);
  }

  /** A glance costs little, and whatever it finds is reason enough to look at everything. */
  #check(now: Instant): void {
    const due = this.#pace.due(now);
    if (due === "everything" || (due === "glance" && !this.#isRightAtAGlance())) this.reconcile();
    else if (due === "glance") this.#pace.glanced(now);
  }

  #isRightAtAGlance(): boolean {
    if (this.#model === undefined) return true;
    return (this.#isNothingToDo(this.#model) || this.#keeper.isRightAtAGlance()) && this.#isSet();
  }

  /** Settings that cannot be asked for are not right. */
  #isSet(): boolean {
    let isRight = true;
    const failures = this.#setting((settings) => {
      isRight = settings.isRight();
    });
    return isRight && failures.length === 0;
  }

  #arm(): void {
    this.#timer.arm(this.#model === undefined ? undefined : this.#nextDeadline());
  }

  #nextDeadline(): Instant | undefined {
    const deadlines = [this.#flushAt, this.#pace.next, this.#ramps.next].filter((one) => one !== undefined);
    return deadlines.length === 0 ? undefined : instant(Math.min(...deadlines));
  }
}
