// The checkers process's work as one thing: checkers that judge real servers, and a reconciler that makes the kernel's table follow.

import type { Clock, CreateTimer } from "../base/clock.ts";
import { type Milliseconds, milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { BalancerModel, RealServerModel, VirtualServerModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import type { KeptAttempts } from "../health/attempt-history.ts";
import { HealthDriver } from "../health/driver.ts";
import type { Probes } from "../health/probes/probe.ts";
import { type IpvsOperation, type IpvsPort, type OperationCounts, serviceKeyText } from "../kernel/ipvs.ts";
import type { KernelSettings } from "./kernel-settings.ts";
import type { OwnedServices } from "./ownership.ts";
import { Reconciler } from "./reconciler.ts";
import type { CheckerMemory, CheckerView, IpvsView, VirtualServerView } from "./view.ts";

/** What the driver is handed. */
export interface BalancerPorts {
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  readonly random: Random;
  readonly ipvs: IpvsPort;
  readonly owned: OwnedServices;
  /** What IPVS has besides its table; nothing unless given. */
  readonly settings?: KernelSettings;
  readonly report: ReportEvent;
  readonly remember: (memory: CheckerMemory) => void;
  readonly log: Log;
  readonly probes: Probes;
  /** Told whether checkers look at BFD sessions. */
  readonly wantSessions?: (isWanted: boolean) => void;
  /** The addresses of this director; none unless given. */
  readonly addresses?: () => ReadonlySet<string>;
  /** Where the last attempts of checkers outlive the process; nowhere unless given. */
  readonly attempts?: KeptAttempts;
  /** From one glance at the table to the next; five seconds unless given. */
  readonly checkInterval?: Milliseconds;
}

/** What became of a configuration: what failed, and how many operations the kernel acknowledged, those of a return to the former one among them. */
export interface Configured {
  readonly failures: readonly OperationFailure[];
  readonly counts: OperationCounts;
}

/** What a configuration would do to the kernel now, and to clients: established connections that it cuts. */
export interface PlannedChange {
  readonly operations: readonly IpvsOperation[];
  readonly cutConnections: number;
}

/** Health and balancer together. Does nothing until it is configured. */
export class BalancerDriver {
  readonly #health: HealthDriver;
  readonly #reconciler: Reconciler;
  readonly #report: ReportEvent;
  readonly #owned: OwnedServices;

  constructor(ports: BalancerPorts) {
    const health = new HealthDriver({
      ...ports,
      onVerdict: (virtualServer, realServer) => this.#reconciler.verdictChanged(virtualServer, realServer),
    });
    this.#health = health;
    this.#report = ports.report;
    this.#owned = ports.owned;
    this.#reconciler = new Reconciler({ ...ports, isUp: health.isUpWith(), weightOf: health.weightOf });
  }

  /** Takes over a configuration: the kernel first, and the checkers once it has acknowledged. See `Reconciler.apply` for what is left after a refusal. */
  configure(balancer: BalancerModel, memory: readonly CheckerMemory[]): Configured {
    const before = this.#reconciler.acknowledged;
    const former = this.#reconciler.running;
    const ownedBefore = former === undefined && balancer.tellsFirstRealServers ? keysOf(this.#owned) : nobody;
    this.#health.recall(memory);
    const failures = this.#reconciler.apply(balancer, this.#health.isUpWith(memory));
    if (this.#reconciler.running === balancer) {
      this.#health.configure(balancer.virtualServers, memory, balancer);
      if (balancer.tellsFirstRealServers) this.#tellFirst(balancer, former, ownedBefore);
    }
    return { failures, counts: since(before, this.#reconciler.acknowledged) };
  }

  /** What `configure` would do to the live kernel now. Throws an OperationError when the kernel cannot be asked. */
  plan(balancer: BalancerModel, memory: readonly CheckerMemory[] = []): PlannedChange {
    const operations = this.#reconciler.plan(balancer, this.#health.isUpWith(memory));
    return { operations, cutConnections: this.#reconciler.cutBy(operations) };
  }

  /** Everything as it is now, with one look at the kernel. */
  state(): {
    readonly virtualServers: VirtualServerView[];
    readonly checkers: CheckerView[];
    readonly ipvs: IpvsView;
  } {
    return {
      virtualServers: this.#reconciler.views(this.#health.verdictWith()),
      checkers: this.#health.views(),
      ipvs: this.#reconciler.ipvsView(),
    };
  }

  /** Has a checker probe at once; false: there is none of this id. */
  probeNow(checker: string): boolean {
    return this.#health.probeNow(checker);
  }

  /** A BFD session is another thing than before. */
  sessionChanged(session: string): void {
    this.#health.probeSession(session);
  }

  /** Ends checks and removes our services from the kernel, unless they are to be kept. */
  stop({ keep }: { readonly keep: boolean }): OperationFailure[] {
    if (!keep) this.#tellStop();
    this.#health.close();
    return this.#reconciler.stop({ keep });
  }

  /** keepalived's rs_init_notifies: those that are in from the first moment on. What a process before has put into the kernel, it has told. */
  #tellFirst(balancer: BalancerModel, former: BalancerModel | undefined, ownedBefore: ReadonlySet<string>): void {
    const verdict = this.#health.verdictWith();
    const before = new Set(former?.virtualServers);
    const fresh = balancer.virtualServers.filter((server) => !before.delete(server));
    const known = new Set(Array.from(before).flatMap((server) => server.realServers.map((one) => nameOf(server, one))));
    for (const server of fresh) {
      if (ownedBefore.has(serviceKeyText(server.service.key))) continue;
      for (const realServer of server.realServers) {
        const { up, reason } = verdict(realServer);
        if (!up || known.has(nameOf(server, realServer))) continue;
        const whose = { virtualServer: server.name, realServer: realServer.name };
        this.#report({ kind: "real-server-changed", ...whose, up, reason, first: true });
      }
    }
  }

  /** keepalived's omega: what goes with the agent is told as if it had gone down. */
  #tellStop(): void {
    const verdict = this.#health.verdictWith();
    for (const server of this.#reconciler.running?.virtualServers ?? []) {
      if (!server.tellsStop) continue;
      const { name, quorum, hysteresis } = server;
      for (const realServer of server.realServers) {
        const whose = { virtualServer: name, realServer: realServer.name };
        if (verdict(realServer).up)
          this.#report({ kind: "real-server-changed", ...whose, up: false, reason: "the agent stops" });
      }
      this.#report({ kind: "quorum-changed", virtualServer: name, up: false, weight: 0, quorum, hysteresis });
    }
  }

  /** Ends checks and leaves everything in place: another process takes over. */
  handOver(): void {
    this.#health.close();
    this.#reconciler.close();
  }

  /** How late our timers were at most since the last call. */
  maxLateness(): Milliseconds {
    return milliseconds(Math.max(this.#health.maxLateness(), this.#reconciler.maxLateness()));
  }
}

function since(before: OperationCounts, now: OperationCounts): OperationCounts {
  return {
    added: now.added - before.added,
    updated: now.updated - before.updated,
    removed: now.removed - before.removed,
  };
}

const nobody: ReadonlySet<string> = new Set();

function keysOf(owned: OwnedServices): ReadonlySet<string> {
  return new Set(owned.load().map(serviceKeyText));
}

function nameOf(server: VirtualServerModel, realServer: RealServerModel): string {
  return `${server.name} -> ${realServer.name}`;
}
