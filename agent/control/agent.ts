// The agent as its API sees it, composed: transactions, the journal, the state hub and the two children. It decides nothing that they
// could decide; it brings them together.

import { readFileSync } from "node:fs";
import { release } from "node:os";
import { OperationError, type OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { commit, version } from "../base/version.ts";
import type { VrrpModel } from "../config/model.ts";
import type { Journal } from "../events/journal.ts";
import type { ConnectionFilter, ConnectionList, ListConnections } from "../kernel/connections.ts";
import type { Dispatcher } from "../notifications/dispatcher.ts";
import type { Child } from "../supervisor/child.ts";
import type { Certificates } from "./access/certificates.ts";
import type { Changes } from "./changes.ts";
import type { Confirmation } from "./confirmation/confirmation.ts";
import type { Confirmations } from "./confirmation/confirmations.ts";
import type { Found } from "./doctor/examine.ts";
import type { Self } from "./doctor/finding.ts";
import type { Agent, AgentInfo, Health, StopRequest } from "./domain.ts";
import type { Feed } from "./feed.ts";
import type { FirstAndLastPrograms } from "./first-and-last-programs.ts";
import type { Operations } from "./operations.ts";
import type { VrrpPort } from "./ports.ts";
import type { StateHub } from "./state-hub.ts";
import type { Store } from "./store/store.ts";
import type { Transactions } from "./transactions.ts";
import { oneByOne, openWatch, storedEvents } from "./watch.ts";
import type { Applied, Plan, Validation } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";
import type { ApplyRequest, DocumentWish } from "./words/request.ts";
import type { ConfigView, StoredConfiguration } from "./words/revision.ts";
import type { ProcessView, StateSnapshot, StoredEvents } from "./words/state.ts";
import type { Watch, WatchMessage, WatchRequest } from "./words/watching.ts";

/** What the agent is made of. */
export interface AgentParts {
  readonly bootId: string;
  readonly startedAt: number;
  readonly runtimeDirectory: string;
  readonly stateDirectory: string;
  readonly store: Store;
  readonly journal: Journal;
  readonly feed: Feed;
  readonly hub: StateHub;
  readonly transactions: Transactions;
  readonly confirmations: Confirmations;
  readonly changes: Changes;
  readonly operations: Operations;
  readonly vrrp: Child<"vrrp">;
  readonly checkers: Child<"checkers">;
  readonly notifications: Dispatcher;
  readonly firstAndLast: FirstAndLastPrograms;
  readonly log: Log;
  /** Looks at the host; given what the agent knows of itself. */
  readonly examine: (self: Omit<Self, "missingRights" | "remarks">) => Promise<readonly Found[]>;
  readonly certificates: Certificates;
  /** The kernel's connections. */
  readonly connections: ListConnections;
  /** Called when the children have stopped and the process should end. */
  readonly onStopped: () => void;
}

/** What an agent of this build can do, for controllers before they use a feature. */
const capabilities = [
  ...["config", "config-confirm", "config-history", "config-merge", "config-prepare", "config-upload"],
  ...["config-download", "state-pages", "state", "watch", "watch-filters", "overrides", "explain", "doctor"],
  ...[
    "log-level",
    "certificate-rotation",
    "connections",
    "drain",
    "vrrp-ipv4",
    "vrrp-ipv6",
    "vrrp-unicast",
    "vrrp-hmac",
    "virtual-mac",
  ],
  ...["sync-groups", "tracking", "routing", "bfd", "ipvs", "marks", "checkers", "notifications"],
];

/** How long a child may take to show its state before the last known one is shown. */
const stateLimitMs = 2_000;

/** How long a stop waits for those who are told of it. What is left is told at the next start. */
const drainLimitMs = 5_000;

/** The time that gathering state may take of the whole, at most one part in so many, while somebody watches. */
const gatherShare = 20;

/** The shortest time between two gatherings for watchers. */
const gatherEveryMs = 100;

/** A running agent. */
export class ComposedAgent implements Agent {
  readonly health: Health;
  readonly #parts: AgentParts;
  readonly #listeners = new Set<() => void>();
  #stopping: Promise<Result<readonly OperationFailure[], Refusal>> | undefined;
  #gathering: Promise<void> | undefined;
  #gatherTimer: ReturnType<typeof setTimeout> | undefined;
  #gatherPauseMs = gatherEveryMs;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.health = {
      serving: () => this.#serving(),
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  /** Whether it was asked to stop. */
  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Something happened: health and state may differ from before. */
  readonly changed = (): void => {
    for (const listener of this.#listeners) listener();
    if (this.#parts.feed.isFollowed)
      this.#gatherTimer ??= setTimeout(() => this.#gatherForWatchers(), this.#gatherPauseMs);
  };

  async info(): Promise<AgentInfo> {
    const { bootId, startedAt, runtimeDirectory, stateDirectory, transactions } = this.#parts;
    return {
      version,
      commit,
      director: transactions.running?.model.director.name ?? "",
      kernel: release(),
      ipvs: ipvsOfThisKernel(),
      startedAt,
      bootId,
      processes: this.#processes(),
      capabilities,
      runtimeDirectory,
      stateDirectory,
    };
  }

  async connections(filter: ConnectionFilter, limit: number): Promise<ConnectionList> {
    try {
      return await this.#parts.connections(filter, limit);
    } catch (error) {
      if (!(error instanceof OperationError) || error.failure.cause.code !== "ENOENT") throw error;
      return { connections: [], matching: 0, total: 0 };
    }
  }

  async getConfig(revision: number | undefined): Promise<Result<StoredConfiguration, Refusal>> {
    return this.#parts.transactions.configuration(revision);
  }

  async validate(wish: DocumentWish): Promise<Result<Validation, Refusal>> {
    return this.#parts.transactions.validate(wish);
  }

  async plan(wish: DocumentWish): Promise<Result<Plan, Refusal>> {
    await this.#gather();
    return this.#parts.transactions.plan(wish);
  }

  async apply(request: ApplyRequest): Promise<Result<Applied, Refusal>> {
    // A gate compares with how things were.
    if (request.gate !== undefined) await this.#gather();
    return this.#parts.changes.apply(request);
  }

  get certificates(): Certificates {
    return this.#parts.certificates;
  }

  get operations(): Operations {
    return this.#parts.operations;
  }

  get changes(): Changes {
    return this.#parts.changes;
  }

  async doctor(): Promise<readonly Found[]> {
    const { examine, transactions, stateDirectory, certificates } = this.#parts;
    const state = await this.state();
    const model = transactions.running?.model;
    return examine({ state, model, stateDirectory, certificates: certificates.list() });
  }

  async state(): Promise<StateSnapshot> {
    await this.#gather();
    return this.#parts.hub.snapshot();
  }

  events(after: number, limit: number): StoredEvents {
    return storedEvents(this.#parts.journal, after, limit);
  }

  watch(request: WatchRequest): Watch {
    return deferredWatch(async () => {
      await this.#gather();
      const { feed, journal, hub } = this.#parts;
      return openWatch({ feed, journal, snapshot: () => hub.snapshot(), fresh: () => this.state() }, request);
    });
  }

  stop(request: StopRequest): Promise<Result<readonly OperationFailure[], Refusal>> {
    if (this.#stopping !== undefined) return Promise.resolve(fail({ kind: "stopping" }));
    this.#stopping = this.#stopChildren(request);
    this.changed();
    return this.#stopping;
  }

  async #stopChildren({ keep, reason }: StopRequest): Promise<Result<readonly OperationFailure[], Refusal>> {
    const { transactions, vrrp, checkers, notifications, journal, log, onStopped } = this.#parts;
    // The peer should not have to wait for anything here.
    if (!keep) vrrp.resign();
    journal.report({ kind: "agent-stopping", reason });
    await transactions.close();
    // First the addresses, so that clients go over to the peer while this director still forwards what is on its way.
    const stopped = [await vrrp.stop(keep), await checkers.stop(keep)];
    const failures = stopped.flatMap((child) => child.failures);
    for (const { operation, object, cause } of failures)
      log.error("not-removed", { operation, object, cause: cause.text ?? cause.code });
    await Promise.all([notifications.drain(drainLimitMs), ...stopped.map(({ gone }) => gone)]);
    const model = transactions.running?.model;
    // Where everything is kept, nothing is undone either, and nothing needs to be done again at the next start.
    if (model !== undefined && !keep) await this.#parts.firstAndLast.end(model.notifications);
    setImmediate(onStopped);
    return ok(failures);
  }

  #serving(): boolean {
    const { vrrp, checkers, transactions } = this.#parts;
    const running = [vrrp.view, checkers.view].every(({ needed, pid }) => pid !== undefined || !needed);
    return running && transactions.settled && this.#stopping === undefined;
  }

  /** Asks the children for their state, once for all who want to know at the same time. */
  #gather(): Promise<void> {
    this.#gathering ??= this.#gatherOnce().finally(() => {
      this.#gathering = undefined;
    });
    return this.#gathering;
  }

  async #gatherOnce(): Promise<void> {
    await Promise.all([this.#gatherVrrp(), this.#gatherBalancer()]);
    this.#parts.hub.setProcesses(this.#processes());
    this.#parts.hub.setOverrides(this.#parts.operations.overrides.list());
    this.#parts.hub.setNotificationQueues(this.#parts.notifications.views);
    this.#parts.hub.setConfig(configView(this.#parts.transactions, this.#parts.confirmations.pending));
  }

  async #gatherVrrp(): Promise<void> {
    if (!this.#parts.vrrp.view.needed) return;
    const outcome = await withinLimit(this.#parts.vrrp.request({ kind: "state" }));
    if (outcome?.kind !== "state") return;
    const { instances, syncGroups, staticObjects, bfdSessions } = outcome.state;
    this.#parts.hub.setVrrp(instances, syncGroups, staticObjects, bfdSessions);
  }

  async #gatherBalancer(): Promise<void> {
    if (!this.#parts.checkers.view.needed) return;
    const outcome = await withinLimit(this.#parts.checkers.request({ kind: "state" }));
    if (outcome?.kind === "state") {
      const { virtualServers, checkers, ipvs } = outcome.state;
      this.#parts.hub.setBalancer(virtualServers, checkers, ipvs);
    }
  }

  /** What gathering costs decides how often it is done, so that watchers of a large table do not eat the director. */
  async #gatherForWatchers(): Promise<void> {
    const start = performance.now();
    await this.#gather();
    this.#gatherTimer = undefined;
    this.#gatherPauseMs = Math.max(gatherEveryMs, (performance.now() - start) * gatherShare);
  }

  #processes(): readonly ProcessView[] {
    const { startedAt, vrrp, checkers, transactions } = this.#parts;
    const revision = transactions.running?.revision.number ?? 0;
    const control: ProcessView = {
      role: "control",
      needed: true,
      pid: process.pid,
      build: `${version}+${commit}`,
      since: startedAt,
      restarts: 0,
      revision,
    };
    return [control, vrrp.view, checkers.view];
  }
}

/** The vrrp process as transactions use it. */
export function vrrpPort(child: Child<"vrrp">, allowScripts: boolean): VrrpPort {
  const desired = (revision: number, model: VrrpModel) => ({
    revision,
    configuration: () => (allowScripts ? model : withoutScripts(model)),
  });
  return {
    configure: (revision, model) => child.configure(desired(revision, model)),
    restore: (revision, model) => child.restore(desired(revision, model)),
    adopt: (revision, model) => child.adopt(desired(revision, model)),
    renumber: (revision, model) => child.renumber(desired(revision, model)),
  };
}

function withoutScripts(model: VrrpModel): VrrpModel {
  return model.watched === undefined ? model : { ...model, watched: { ...model.watched, runsScripts: false } };
}

/** The running configuration, and what it waits for. */
export function configView(
  { running }: Pick<Transactions, "running">,
  confirmation: Confirmation | undefined,
): ConfigView {
  if (running === undefined) return { revision: 0, hash: "", author: "", reason: "", source: "", at: 0 };
  const { number, hash, author, reason, source, createdAt } = running.revision;
  return {
    revision: number,
    hash,
    author,
    reason,
    source: source.kind === "api" ? "api" : source.path,
    at: createdAt,
    ...(confirmation !== undefined && { confirmation }),
  };
}

/** The kernel's own words: "IP Virtual Server version 1.2.1 (size=4096)". */
function ipvsOfThisKernel(): AgentInfo["ipvs"] {
  try {
    const match = /version (\S+) \(size=(\d+)\)/.exec(readFileSync("/proc/net/ip_vs", "utf8"));
    return match?.[1] === undefined ? undefined : { version: match[1], connectionTableSize: Number(match[2]) };
  } catch {
    return undefined;
  }
}

/** The answer, or undefined when it is late or will not come. */
async function withinLimit<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), stateLimitMs);
  });
  return Promise.race([answer, limit])
    .catch(() => undefined)
    .finally(() => clearTimeout(timer));
}

/** A watch that opens when it is first read. */
function deferredWatch(open: () => Promise<Watch>): Watch {
  let watch: Watch | undefined;
  let closed = false;
  async function* groups(): AsyncGenerator<readonly WatchMessage[], undefined> {
    watch = await open();
    if (closed) watch.close();
    yield* watch.groups();
    return undefined;
  }
  return {
    groups,
    [Symbol.asyncIterator]: () => oneByOne(groups()),
    close: () => {
      closed = true;
      watch?.close();
    },
  };
}
