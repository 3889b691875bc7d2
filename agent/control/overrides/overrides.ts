// The overrides of a director: on disk before they hold, ended by their own time, and given to the children with whatever runs. A push does
// not touch them.

import type { Log, LogLevel } from "../../base/log.ts";
import { ok, type Result } from "../../base/result.ts";
import type { Model, VrrpInstanceModel } from "../../config/model.ts";
import type { ProcessRole, ReportEvent } from "../../events/event.ts";
import { Refused, refusals } from "../refused.ts";
import type { Store } from "../store/store.ts";
import type { StepFailure } from "../words/outcome.ts";
import type { Refusal } from "../words/refusal.ts";
import { effectiveModel } from "./effective-model.ts";
import { type ActiveConnections, hasLeft, leavers } from "./leaving.ts";
import {
  effectText,
  type Override,
  type OverrideEffect,
  type OverrideTarget,
  overrideId,
  targetText,
} from "./override.ts";

/** What overrides need. */
export interface OverrideOptions {
  readonly store: Pick<Store, "overrides" | "putOverride" | "removeOverride">;
  /** What runs, without overrides. */
  readonly model: () => Model | undefined;
  /** Gives the children what runs again, with the overrides as they are now; what failed is tried again. */
  readonly reapply: () => Promise<readonly StepFailure[]>;
  /** How many connections real servers have now; not known unless given. */
  readonly activeConnections?: () => Promise<ActiveConnections>;
  /** Has the processes log at the levels as they are now. */
  readonly onLogLevels?: () => void;
  readonly report: ReportEvent;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly onChange: () => void;
}

/** A wish to override something. */
export interface OverrideWish {
  readonly author: string;
  readonly reason: string;
  /** How long it holds. */
  readonly forMs: number;
  /** The virtual servers that the caller may touch; undefined: all. */
  readonly mayTouch?: (virtualServer: string) => boolean;
}

/** Real servers that a change removes and that stay for a while. */
export interface Leaving {
  readonly realServers: readonly string[];
  readonly undo: () => void;
}

/** How long an instance takes no part before it stays behind the others, at least: long enough for one of them to take over. */
const shortestHoldMs = 3000;
const heldIntervals = 4;

/** The longest time between two looks at the clock: wall clocks jump, and machines sleep. */
const lookMs = 1000;

/** The overrides of one agent. */
export class Overrides {
  readonly #options: OverrideOptions;
  #overrides = new Map<string, Override>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Up to when everything that was due has been given to the children. */
  #givenAt = 0;

  constructor(options: OverrideOptions) {
    this.#options = options;
  }

  /** Takes up what is on disk, before anything is given to the children. */
  begin(): void {
    this.#overrides = new Map(this.#options.store.overrides().map((override) => [override.id, override]));
    this.#endOverdue();
    this.#options.onLogLevels?.();
    this.#arm();
  }

  /** All that hold now. */
  list(): readonly Override[] {
    return [...this.#overrides.values()];
  }

  /** The model that the children are given. */
  effective(model: Model): Model {
    this.#givenAt = this.#options.wall();
    return effectiveModel(model, this.list(), this.#givenAt);
  }

  /** The level that a process logs at instead of its own; undefined: its own. */
  logLevel(role: ProcessRole): LogLevel | undefined {
    const found = this.list().find(({ target }) => target.kind === "process" && target.role === role);
    return found?.effect.kind === "log-level" ? found.effect.level : undefined;
  }

  /** Sets one aside for a while; answers when the children have it. */
  set(target: OverrideTarget, effect: OverrideEffect, wish: OverrideWish): Promise<Result<Override, Refusal>> {
    return this.#setAll([target], effect, wish);
  }

  /** Has processes log at another level. */
  setLogLevel(
    processes: readonly ProcessRole[],
    level: LogLevel,
    wish: OverrideWish,
  ): Promise<Result<readonly Override[], Refusal>> {
    return refusals(async () => {
      if (wish.mayTouch !== undefined) throw new Refused({ kind: "outside-scope", fields: ["processes"] });
      const effect = { kind: "log-level", level } as const;
      const made = processes.map((role) => this.#made({ kind: "process", role }, effect, wish));
      for (const override of made) this.#put(override);
      await this.#give(made);
      return ok(made);
    });
  }

  /** Has an instance, with its sync group, give mastership away, and stay behind the others while it holds. */
  transfer(instance: string, wish: OverrideWish): Promise<Result<Override, Refusal>> {
    return refusals(async () => {
      const { vrrp } = this.#running();
      const found = vrrp.instances.find(({ name }) => name === instance);
      if (found === undefined) throw new Refused({ kind: "object-not-found", object: `VRRP instance ${instance}` });
      const group = vrrp.syncGroups?.find(({ members }) => members.includes(instance));
      const others = (group?.members ?? []).filter((member) => member !== instance);
      const targets = [instance, ...others].map((name) => ({ kind: "vrrp-instance", instance: name }) as const);
      const effect = { kind: "backup", releasedAt: this.#options.wall() + holdMs(found) } as const;
      return this.#setAll(targets, effect, wish);
    });
  }

  /** Has the real servers that a change removes stay for a while without new connections; the change gives the children what follows from it. `undo` is for a
   * change that fails. */
  leave(before: Model, after: Model, floor: number, wish: OverrideWish): Leaving {
    const made = leavers(before, after, floor).map(({ target, effect }) => this.#made(target, effect, wish));
    for (const override of made) this.#put(override);
    this.#arm();
    const undo = () => {
      for (const override of made) this.#end(override, "the change that asked for it was taken back");
    };
    return { realServers: made.map(({ target }) => targetText(target)), undo };
  }

  /** Ends overrides before their time. */
  clear(isMeant: (override: Override) => boolean, author: string): Promise<Result<readonly Override[], Refusal>> {
    return refusals(async () => {
      const ended = this.list().filter(isMeant);
      if (ended.length === 0) throw new Refused({ kind: "object-not-found", object: "such override" });
      for (const override of ended) this.#end(override, `cleared by ${author}`);
      await this.#give(ended);
      return ok(ended);
    });
  }

  /** Ends what is over, and gives the children what changed by time alone. A timer calls it. */
  async look(): Promise<void> {
    const ended = [...this.#endOverdue(), ...(await this.#endLeft())];
    const released = this.list().some(
      ({ effect }) => effect.kind === "backup" && this.#isReleasedSince(effect.releasedAt),
    );
    if (ended.some(concernsConfiguration) || released) await this.#options.reapply();
    this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #setAll(
    targets: readonly OverrideTarget[],
    effect: OverrideEffect,
    wish: OverrideWish,
  ): Promise<Result<Override, Refusal>> {
    return refusals(async () => {
      for (const target of targets) this.#expectTarget(target, effect, wish.mayTouch);
      const made = targets.map((target) => this.#made(target, effect, wish));
      for (const override of made) this.#put(override);
      await this.#give(made);
      const [first] = made;
      if (first === undefined) throw new Error("an override needs a target");
      return ok(first);
    });
  }

  #made(target: OverrideTarget, effect: OverrideEffect, { author, reason, forMs }: OverrideWish): Override {
    const now = this.#options.wall();
    return { id: overrideId(target, effect), target, effect, author, reason, createdAt: now, until: now + forMs };
  }

  #put(override: Override): void {
    const { store, report } = this.#options;
    store.putOverride(override);
    this.#overrides.set(override.id, override);
    const { id, author, reason, until } = override;
    report({ kind: "override-set", id, effect: effectText(override.effect), author, reason, until });
  }

  #end({ id }: Override, why: string): void {
    this.#options.store.removeOverride(id);
    this.#overrides.delete(id);
    this.#options.report({ kind: "override-ended", id, reason: why });
  }

  /** What the children refuse is tried again: the override stays, and says what should be. */
  async #give(changed: readonly Override[]): Promise<void> {
    this.#arm();
    this.#options.onChange();
    this.#options.onLogLevels?.();
    if (!changed.some(concernsConfiguration)) return;
    const failures = await this.#options.reapply();
    if (failures.length > 0) throw new Refused({ kind: "kernel-refused", failures });
  }

  #endOverdue(): readonly Override[] {
    const now = this.#options.wall();
    const overdue = this.list().filter(({ until }) => now >= until);
    for (const override of overdue) this.#end(override, "its time is over");
    if (overdue.length > 0) {
      this.#options.onChange();
      this.#options.onLogLevels?.();
    }
    return overdue;
  }

  /** Those that left are asked for their connections only while there are any. */
  async #endLeft(): Promise<readonly Override[]> {
    const leaving = this.list().filter(({ effect }) => effect.kind === "leave");
    const model = this.#options.model();
    if (leaving.length === 0 || model === undefined) return [];
    const activeOf = (await this.#options.activeConnections?.()) ?? (() => undefined);
    return leaving.filter((override) => {
      const why = hasLeft(override, model, activeOf);
      // It may have been cleared while we asked.
      if (why === undefined || !this.#overrides.has(override.id)) return false;
      this.#end(override, why);
      this.#options.onChange();
      return true;
    });
  }

  #isReleasedSince(releasedAt: number): boolean {
    return this.#givenAt < releasedAt && this.#options.wall() >= releasedAt;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#overrides.size > 0) this.#timer = setTimeout(() => void this.#lookSafely(), lookMs);
  }

  async #lookSafely(): Promise<void> {
    try {
      await this.look();
    } catch (thrown) {
      this.#options.log.error("overrides-not-looked-at", { problem: String(thrown) });
      this.#arm();
    }
  }

  #running(): Model {
    const model = this.#options.model();
    if (model === undefined) throw new Refused({ kind: "no-configuration" });
    return model;
  }

  #expectTarget(target: OverrideTarget, effect: OverrideEffect, mayTouch: OverrideWish["mayTouch"]): void {
    if (target.kind !== "vrrp-instance") return this.expectTarget(target, mayTouch);
    const { instance } = target;
    if (mayTouch !== undefined) throw new Refused({ kind: "outside-scope", fields: [`vrrp_instances[${instance}]`] });
    return expectInstance(this.#running().vrrp.instances, instance, effect, () => notFound(target));
  }

  /** Refuses what is not there, and what is of virtual servers that the caller may not touch. Throws Refused. */
  expectTarget(target: OverrideTarget, mayTouch: OverrideWish["mayTouch"]): void {
    const servers = this.#running().balancer.virtualServers.filter((server) => isOf(target, server));
    if (servers.length === 0 && target.kind !== "node") throw notFound(target);
    const denied = servers
      .filter(({ name }) => mayTouch?.(name) === false)
      .map(({ name }) => `virtual_servers[${name}]`);
    if (denied.length > 0) throw new Refused({ kind: "outside-scope", fields: denied });
  }
}

function notFound(target: OverrideTarget): Refused {
  return new Refused({ kind: "object-not-found", object: `${target.kind} ${targetText(target)}` });
}

/** Whether the children are given something else because of it. */
function concernsConfiguration({ target }: Override): boolean {
  return target.kind !== "process";
}

function isOf(target: OverrideTarget, { name, realServers }: Model["balancer"]["virtualServers"][number]): boolean {
  switch (target.kind) {
    case "node":
      return true;
    case "virtual-server":
      return target.virtualServer === name;
    case "real-server":
      return target.virtualServer === name && realServers.some((one) => one.name === target.realServer);
    case "checker":
      return realServers.some(({ checkers }) => checkers.some(({ id }) => id === target.checker));
    case "vrrp-instance":
    case "process":
      return false;
  }
}

function expectInstance(
  instances: readonly VrrpInstanceModel[],
  name: string,
  effect: OverrideEffect,
  notFound: () => Refused,
): void {
  const instance = instances.find((one) => one.name === name);
  if (instance === undefined) throw notFound();
  if (instance.priority !== 255 || effect.kind !== "priority") return;
  const message = `${name} is the address owner, whose priority is always 255`;
  throw new Refused({ kind: "invalid-argument", field: "instance", message });
}

function holdMs({ advertisementInterval }: VrrpInstanceModel): number {
  return Math.max(shortestHoldMs, heldIntervals * advertisementInterval);
}
