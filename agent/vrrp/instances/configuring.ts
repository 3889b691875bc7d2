// Makes a new configuration the running one: instances that are the same are not touched, changed ones keep their state unless they are
// about another virtual router. The first configuration of a process also takes over what the process before has left.

import type { MachineClock } from "../../base/clock.ts";
import { after, type Instant, instant, milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel, VrrpModel } from "../../config/model.ts";
import type { VrrpGeneralModel } from "../../config/vrrp-general-model.ts";
import type { AddressKeeper } from "../addresses/address-keeper.ts";
import { compareConfigurations, onlyPriorityDiffers, routerKey } from "../core/configuration-change.ts";
import type { ResumeInstance } from "../core/resume-record.ts";
import type { ResumeNotes } from "../resuming/resume-notes.ts";
import type { AdvertisementSockets } from "../sockets/advertisement-sockets.ts";
import type { Authentication } from "../sockets/authentication.ts";
import type { Environments } from "../surroundings/environments.ts";
import type { SeenAddresses, Surroundings } from "../surroundings/surroundings.ts";
import type { Deadlines } from "../timing/deadlines.ts";
import type { Tracking } from "../tracking/tracking.ts";
import { createInstance, type RunningInstance } from "./running-instance.ts";
import type { Stepper } from "./stepper.ts";
import type { SyncGroups } from "./sync-groups.ts";

/** What a configuration is made running with. */
export interface ConfiguringParts {
  readonly clock: MachineClock;
  readonly surroundings: Surroundings;
  readonly sockets: AdvertisementSockets;
  readonly authentication: Authentication;
  readonly keeper: AddressKeeper;
  readonly notes: ResumeNotes;
  readonly deadlines: Deadlines;
  readonly stepper: Stepper;
  readonly environments: Environments;
  readonly groups: SyncGroups;
  readonly tracking: Tracking;
  /** Lets masters whose time has come advertise: called between instances, of which there may be thousands. */
  readonly advertiseDue: () => void;
}

/** Configures the instances of one driver. */
export class Configuring {
  readonly #parts: ConfiguringParts;
  readonly #instances: Map<string, RunningInstance>;
  readonly #begunAt: Instant;
  #notBefore: { readonly notBefore?: Instant } = {};

  /** `instances` is the driver's, by virtual router; only this class adds and removes. */
  constructor(instances: Map<string, RunningInstance>, parts: ConfiguringParts) {
    this.#instances = instances;
    this.#parts = parts;
    this.#begunAt = parts.clock.now();
  }

  /** From when instances may begin: counted from the beginnings of this process and of the machine. */
  delayStartups({ startupDelay, delayAfterBoot }: VrrpGeneralModel): void {
    const { clock } = this.#parts;
    const afterBoot = milliseconds(delayAfterBoot - clock.sinceBoot());
    const notBefore = instant(Math.max(after(this.#begunAt, startupDelay), after(clock.now(), afterBoot)));
    this.#notBefore = startupDelay > 0 || delayAfterBoot > 0 ? { notBefore } : {};
  }

  /** Makes these the running instances. `isFirst`: nothing has run in this process before. Gives whether any of them is new or changed. */
  apply({ instances: given, syncGroups = [] }: Pick<VrrpModel, "instances" | "syncGroups">, isFirst: boolean): boolean {
    const { surroundings, environments, notes, keeper, groups, authentication } = this.#parts;
    const wished = given.map((one) => authentication.withSecrets(one, this.#instances.get(routerKey(one))?.configured));
    const running = [...this.#instances.values()].map(({ configured }) => configured);
    const { ended, changed, begun } = compareConfigurations(running, wished);
    keeper.inOneStep(() => {
      this.#forEach(ended, (config) => this.#end(config));
      const previous = new Map(changed.map(({ config }) => [config, this.#replaceConfig(config)]));
      this.#forEach(begun, (config) => this.#create(config));
      surroundings.index(this.#instances.values());
      groups.index(syncGroups, this.#instances.values());
      const seen: SeenAddresses = new Map();
      this.#forEach(begun, (config) => this.#lookAround(config, seen));
      this.#forEach(changed, ({ config }) => this.#change(previous.get(config), config, seen));
      this.#forEach(begun, (config) => this.#startUp(config));
      environments.refresh(this.#instances.values());
      this.#bringTogether();
    });
    if (isFirst) this.#removeStrayAddresses();
    if (isFirst) notes.forget();
    return changed.length + begun.length > 0;
  }

  #forEach<Item>(items: readonly Item[], act: (item: Item) => void): void {
    for (const item of items) {
      act(item);
      this.#parts.advertiseDue();
    }
  }

  #end(config: VrrpInstanceModel): void {
    const instance = this.#instances.get(routerKey(config));
    if (instance === undefined) return;
    const { stepper, sockets, deadlines, notes } = this.#parts;
    stepper.step(instance, { kind: "shutdown", reason: "removed from the configuration", removed: true });
    sockets.leave(instance);
    deadlines.forget(instance);
    this.#instances.delete(routerKey(config));
    notes.giveSlotBack(instance.slot);
    notes.noteChange();
  }

  /** Gives what held until now, with the priority that was effective. */
  #replaceConfig(config: VrrpInstanceModel): VrrpInstanceModel | undefined {
    const instance = this.#instances.get(routerKey(config));
    const previous = instance?.config;
    if (instance !== undefined) this.#weigh(instance, config);
    return previous;
  }

  #weigh(instance: RunningInstance, config: VrrpInstanceModel): void {
    const { effectivePriority, fault } = this.#parts.tracking.weigh(config);
    instance.configured = config;
    instance.config = effectivePriority === config.priority ? config : { ...config, priority: effectivePriority };
    instance.trackerFault = fault;
  }

  #create(config: VrrpInstanceModel): void {
    const { notes, clock } = this.#parts;
    const instance = createInstance(config, notes.takeSlot(config), clock.wall());
    this.#weigh(instance, config);
    this.#instances.set(routerKey(config), instance);
  }

  /** Removes what the process before has put and nobody holds now. */
  #removeStrayAddresses(): void {
    const { notes, keeper } = this.#parts;
    for (const { name, address } of notes.addressesLeft()) keeper.removeStray(name, address);
  }

  /** What the step says at once leaves by the ways and with the keys of the new configuration, so these come first. */
  #change(previous: VrrpInstanceModel | undefined, config: VrrpInstanceModel, seen: SeenAddresses): void {
    const instance = this.#instances.get(routerKey(config));
    if (instance === undefined || previous === undefined) return;
    const { environments, stepper } = this.#parts;
    const wasReady = instance.own.ready;
    environments.look(instance, seen);
    const kind = onlyPriorityDiffers(previous, instance.config) ? "priority-changed" : "configuration-changed";
    stepper.step(instance, { kind, previous });
    environments.settle(instance, wasReady);
  }

  /** Before anyone begins, so that the members of a group know of each other's faults. */
  #lookAround(config: VrrpInstanceModel, seen: SeenAddresses): void {
    const instance = this.#instances.get(routerKey(config));
    if (instance !== undefined) this.#parts.environments.look(instance, seen);
  }

  /** Instances that have become a group may be in different states: one that is master steps down when another follows somebody better. */
  #bringTogether(): void {
    const { groups, stepper } = this.#parts;
    for (const instance of this.#instances.values())
      if (instance.state.kind === "backup" && instance.state.master !== undefined)
        for (const other of groups.othersOf(instance))
          if (other.state.kind === "master")
            stepper.step(other, { kind: "group-left-master", member: instance.config.name });
  }

  #startUp(config: VrrpInstanceModel): void {
    const instance = this.#instances.get(routerKey(config));
    if (instance === undefined) return;
    const { groups, notes, stepper } = this.#parts;
    const environment = groups.environmentOf(instance);
    instance.environment = environment;
    const before = notes.masterBefore(config);
    if (before === undefined) {
      stepper.step(instance, { kind: "startup", environment, ...this.#notBefore });
      return;
    }
    const { lastAdvertisementAt, masterDownInterval } = before;
    stepper.step(instance, { kind: "resume", environment, lastAdvertisementAt, masterDownInterval });
    if (instance.state.kind === "master") this.#resume(instance, before);
  }

  #resume(instance: RunningInstance, before: ResumeInstance): void {
    instance.since = before.since;
    const put = this.#parts.keeper.adopt(instance, instance.config.virtualAddresses);
    if (put.length > 0) this.#parts.stepper.announce(instance, put);
  }
}
