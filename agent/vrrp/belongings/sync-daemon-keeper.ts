// Keeps the IPVS sync daemons as desired: a master tells the others of its connections, a backup hears of theirs. The kernel says nothing when somebody
// stops one, so they are looked at every few seconds. The kernel's threads outlive us and have no mark: what runs by our doing is noted in the runtime
// directory before it is started.

import { after, type Instant, milliseconds, seconds } from "../../base/duration.ts";
import type { SyncDaemonModel } from "../../config/model-routing.ts";
import { formatDaemon, isSameDaemon, type SyncDaemon, type SyncDaemonsPort } from "../../kernel/sync-daemons.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObjectListener, ObjectView } from "./object-keeper.ts";
import type { LedgerMemory } from "./sysctl-ledger.ts";

type State = SyncDaemon["state"];

/** The sync daemons of one driver. */
export class SyncDaemonKeeper {
  readonly #port: SyncDaemonsPort;
  readonly #memory: LedgerMemory;
  readonly #now: () => Instant;
  readonly #listener: ObjectListener;
  #model: SyncDaemonModel | undefined;
  #isMaster = false;
  #desired = new Map<State, SyncDaemon>();
  #lookAt: Instant | undefined;
  /** What has been started by us or a process before, by state. */
  #noted: Map<string, string> | undefined;
  /** Which of the desired ones ran when last looked at. */
  readonly #running = new Set<State>();

  constructor(port: SyncDaemonsPort, memory: LedgerMemory, now: () => Instant, listener: ObjectListener) {
    this.#port = port;
    this.#memory = memory;
    this.#now = now;
    this.#listener = listener;
  }

  /** Takes in what is configured. Nothing is done before the first look, so that no election waits for it. */
  wish(model: SyncDaemonModel | undefined): void {
    this.#model = model;
    this.#desire();
  }

  /** Takes in the state of an instance. */
  follow({ config, state }: RunningInstance): void {
    if (this.#model?.instance !== config.name) return;
    this.#isMaster = state.kind === "master";
    this.#desire();
  }

  nextDeadline(): Instant | undefined {
    return this.#lookAt;
  }

  checkIfDue(now: Instant): void {
    if (this.#lookAt !== undefined && this.#lookAt <= now) this.check();
  }

  /** Looks at what runs, and starts and stops what differs. */
  check(): void {
    const [desired, noted] = [this.#desired, this.#notes()];
    this.#lookAt = desired.size > 0 ? after(this.#now(), lookInterval) : undefined;
    if (desired.size === 0 && noted.size === 0) return;
    try {
      this.#enter(noted);
      const found = new Map(this.#port.daemons().map((daemon) => [daemon.state, daemon]));
      for (const state of ["master", "backup"] as const) this.#settle(state, desired.get(state), found.get(state));
    } catch (thrown) {
      this.#lookAt = after(this.#now(), retryDelay);
      this.#listener.onRefused("keep", "IPVS sync daemons", thrown);
    }
  }

  /** What a process before, or a configuration before, has left in another network namespace is ended there. */
  #enter(noted: ReadonlyMap<string, string>): void {
    const former = namespaceIn(noted);
    const wished = this.#model === undefined ? former : this.#model.networkNamespace;
    if (noted.size > 0 && former !== wished) {
      this.#port.enter(former);
      for (const state of ["master", "backup"] as const) this.#end(state, undefined);
    }
    this.#port.enter(wished);
  }

  /** What runs for this instance. */
  view(instance: string): readonly ObjectView[] {
    if (this.#model?.instance !== instance) return [];
    return [...this.#desired.values()].map((one) => ({
      object: formatDaemon(one),
      present: this.#running.has(one.state),
    }));
  }

  #desire(): void {
    const before = this.#desired;
    const { instance, networkNamespace: _elsewhere, ...daemon } = this.#model ?? {};
    const states: State[] = instance === undefined ? ["master", "backup"] : [this.#isMaster ? "master" : "backup"];
    const isConfigured = this.#model !== undefined;
    this.#desired = new Map(
      isConfigured ? states.map((state) => [state, { ...(daemon as SyncDaemonModel), state }]) : [],
    );
    if (!Bun.deepEquals(before, this.#desired) || this.#notes().size > this.#desired.size) this.#lookAt = this.#now();
  }

  /** What was not started by us and is not desired is left alone; where one is desired, ours takes the place of whatever runs. */
  #settle(state: State, desired: SyncDaemon | undefined, found: SyncDaemon | undefined): void {
    if (desired !== undefined && found !== undefined && isSameDaemon(desired, found)) {
      this.#running.add(state);
      return this.#note(state, this.#noteOf(desired));
    }
    if (desired === undefined) return this.#end(state, found);
    const wasOurs = this.#running.has(state) && found === undefined;
    if (wasOurs) this.#tell(desired, "lost");
    if (found !== undefined) this.#port.stop(state);
    this.#running.delete(state);
    this.#note(state, this.#noteOf(desired));
    this.#port.start(desired);
    this.#running.add(state);
    this.#tell(desired, "added");
  }

  #end(state: State, found: SyncDaemon | undefined): void {
    if (!this.#notes().has(state)) return;
    this.#port.stop(state);
    this.#running.delete(state);
    if (found !== undefined) this.#tell(found, "removed");
    this.#notes().delete(state);
    this.#memory.save(this.#notes());
  }

  /** "master on eth1 id 51", and where that is not our own namespace, " in NAME". */
  #noteOf(daemon: SyncDaemon): string {
    const namespace = this.#model?.networkNamespace;
    return `${formatDaemon(daemon)}${namespace === undefined ? "" : ` in ${namespace}`}`;
  }

  #note(state: State, text: string): void {
    if (this.#notes().get(state) === text) return;
    this.#notes().set(state, text);
    this.#memory.save(this.#notes());
  }

  #notes(): Map<string, string> {
    this.#noted ??= new Map(this.#memory.load());
    return this.#noted;
  }

  #tell(daemon: SyncDaemon, change: "added" | "removed" | "lost"): void {
    this.#listener.onChange(this.#model?.instance, formatDaemon(daemon), change);
  }
}

const lookInterval = seconds(5);
const retryDelay = milliseconds(1000);

function namespaceIn(noted: ReadonlyMap<string, string>): string | undefined {
  for (const text of noted.values()) return / id \d+ in (\S+)$/.exec(text)?.[1];
  return undefined;
}
