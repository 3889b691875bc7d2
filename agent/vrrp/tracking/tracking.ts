// What the instances follow beside their own interface: keeps what is known of every tracker, and gives each instance its effective priority
// and, where a tracker asks for that, its fault. Interfaces are told by the kernel, BFD sessions by their driver, all else by the watcher.

import type {
  TrackedScriptModel,
  TrackerKind,
  TrackerModel,
  VrrpInstanceModel,
  VrrpModel,
  WatchedModel,
} from "../../config/model.ts";
import type { ReportEvent } from "../../events/event.ts";
import type { LinkChange } from "../../kernel/links.ts";
import { type TrackerReading, type TrackingResult, weighTrackers } from "../core/tracking/tracking.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { Stepper } from "../instances/stepper.ts";
import type { Environments } from "../surroundings/environments.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import type { TrackerView } from "../view.ts";
import type { LinkStates } from "./link-states.ts";
import type { CreateWatcher, Finding, Watcher } from "./watcher.ts";

/** What trackers are followed with. */
export interface TrackingParts {
  readonly network: ObservedNetwork;
  readonly linkStates: LinkStates;
  readonly stepper: Stepper;
  readonly environments: Environments;
  readonly report: ReportEvent;
  /** Absent where nothing but interfaces can be followed. */
  readonly createWatcher: CreateWatcher | undefined;
  /** What is known of BFD sessions; nothing where it is absent. */
  readonly readSession: ReadSession | undefined;
  /** The turn of a finding. */
  readonly beginTurn: () => void;
  readonly endTurn: () => void;
}

/** Gives what is known of a BFD session. */
export type ReadSession = (name: string) => TrackerReading | undefined;

/** The trackers of one driver. */
export class Tracking {
  readonly #parts: TrackingParts;
  readonly #instances: ReadonlyMap<string, RunningInstance>;
  readonly #readings = new Map<string, TrackerReading>();
  /** The interfaces that are followed, with the index by which each was last known. */
  #interfaces = new Map<string, number | undefined>();
  #initial = new Map<string, TrackerReading>();
  #watcher: Watcher | undefined;

  constructor(instances: ReadonlyMap<string, RunningInstance>, parts: TrackingParts) {
    this.#instances = instances;
    this.#parts = parts;
  }

  /** Takes in what is to be followed, before the instances are changed. */
  configure({ instances, watched, interfaceDelays = [] }: VrrpModel): void {
    this.#parts.linkStates.configure(interfaceDelays);
    const names = instances.flatMap(({ trackers = [] }) => trackers.filter(isInterface).map(({ name }) => name));
    this.#interfaces = new Map(names.map((name) => [name, undefined]));
    this.#initial = new Map(
      watched?.scripts.map((script) => [keyOf("script", script.name), initialReading(script, watched)]),
    );
    const followed = new Set(
      instances.flatMap(({ trackers = [] }) => trackers.map(({ kind, name }) => keyOf(kind, name))),
    );
    for (const key of this.#readings.keys()) if (!followed.has(key)) this.#readings.delete(key);
    for (const name of this.#interfaces.keys()) this.#readings.set(keyOf("interface", name), this.#readInterface(name));
    if (watched !== undefined) this.#watcher ??= this.#parts.createWatcher?.((finding) => this.#onFinding(finding));
    this.#watcher?.configure(watched);
  }

  /** The configuration of an instance with its effective priority, and its fault. */
  weigh(config: VrrpInstanceModel): TrackingResult {
    return weighTrackers(config.priority, config.trackers ?? [], (kind, name) => this.#read(kind, name));
  }

  /** A link has changed, and the network knows. */
  onLink(change: LinkChange): void {
    if (change.kind !== "link" && change.kind !== "link-removed") return;
    const index = change.kind === "link" ? change.link.index : change.index;
    for (const [name, known] of this.#interfaces)
      if (known === index || (change.kind === "link" && change.link.name === name))
        this.#note("interface", name, this.#readInterface(name));
  }

  /** Links were read anew, or have lasted. */
  onLinks(): void {
    for (const name of this.#interfaces.keys()) this.#note("interface", name, this.#readInterface(name));
  }

  /** Static objects of track groups have come or gone. */
  onTrackGroups(readings: ReadonlyMap<string, TrackerReading>): void {
    for (const [name, reading] of readings) this.#note("track-group", name, reading);
  }

  /** A BFD session is another thing than before. */
  onSession(name: string): void {
    this.#applyToFollowers("bfd", name, this.#read("bfd", name).reason);
  }

  /** What is shown of the trackers of an instance. */
  viewOf({ trackers = [] }: VrrpInstanceModel): TrackerView[] {
    return trackers.map((tracker) => ({ ...tracker, ...this.#read(tracker.kind, tracker.name) }));
  }

  close(): void {
    this.#watcher?.close();
  }

  #read(kind: TrackerKind, name: string): TrackerReading {
    if (kind === "bfd") return this.#parts.readSession?.(name) ?? noSession;
    const key = keyOf(kind, name);
    return this.#readings.get(key) ?? this.#initial.get(key) ?? unknown;
  }

  #readInterface(name: string): TrackerReading {
    const link = this.#parts.linkStates.settled(this.#parts.network.linkNamed(name));
    this.#interfaces.set(name, link?.index);
    if (link === undefined) return { up: false, reason: "does not exist" };
    return link.up && link.running ? { up: true, reason: "is up" } : { up: false, reason: "is down or has no carrier" };
  }

  #onFinding({ kind, name, reading }: Finding): void {
    this.#parts.beginTurn();
    this.#note(kind, name, reading);
    this.#parts.endTurn();
  }

  #note(kind: Exclude<TrackerKind, "bfd">, name: string, reading: TrackerReading): void {
    const before = this.#read(kind, name);
    this.#readings.set(keyOf(kind, name), reading);
    if (before.up === reading.up && before.value === reading.value) return;
    const value = reading.value === undefined ? {} : { value: reading.value };
    this.#parts.report({
      kind: "tracker-changed",
      tracker: kind,
      name,
      up: reading.up,
      ...value,
      reason: reading.reason,
    });
    this.#applyToFollowers(kind, name, reading.reason);
  }

  #applyToFollowers(kind: TrackerKind, name: string, reason: string): void {
    for (const instance of this.#instances.values())
      if (instance.configured.trackers?.some((one) => one.kind === kind && one.name === name))
        this.#apply(instance, `tracked ${kind} ${JSON.stringify(name)} ${reason}`);
  }

  /** Gives the instance what its trackers come to now. */
  #apply(instance: RunningInstance, reason: string): void {
    const { effectivePriority, fault } = this.weigh(instance.configured);
    instance.trackerFault = fault;
    const previous = instance.config;
    if (effectivePriority !== previous.priority) {
      instance.config = { ...previous, priority: effectivePriority };
      this.#parts.report({
        ...{ kind: "vrrp-priority-changed", instance: previous.name, state: instance.state.kind },
        ...{ from: previous.priority, to: effectivePriority, reason },
      });
      this.#parts.stepper.step(instance, { kind: "priority-changed", previous });
    }
    this.#parts.environments.update(instance, new Map());
  }
}

/** Of what nobody has looked at yet nothing bad is known: a process that replaces another may not give up what that one held. */
const unknown: TrackerReading = { up: true, reason: "has not been looked at yet" };

const noSession: TrackerReading = { up: false, reason: "does not run" };

function initialReading({ initiallyFailed }: TrackedScriptModel, { runsScripts }: WatchedModel): TrackerReading {
  if (runsScripts === false) return { up: true, reason: "is not run: the agent was started without --allow-scripts" };
  return initiallyFailed ? { up: false, reason: "has not succeeded yet" } : unknown;
}

function isInterface({ kind }: TrackerModel): boolean {
  return kind === "interface";
}

function keyOf(kind: TrackerKind, name: string): string {
  return `${kind} ${name}`;
}
