// Which real servers are on their way back to their weight. Only virtual servers with a slow start are looked at: others cost nothing.

import type { Clock } from "../base/clock.ts";
import { type Instant, instant } from "../base/duration.ts";
import type { RealServerModel, VirtualServerModel } from "../config/model.ts";
import type { WeightOf } from "./core/quorum.ts";
import { nextRampStep, type Ramp, rampedWeight } from "./core/slow-start.ts";

interface Entry {
  readonly ramp: Ramp;
  readonly weight: number;
  /** When the weight changes next. */
  next: Instant;
}

/** The ramps that are under way, by virtual server and real server: they go on across configurations. */
export class Ramps {
  readonly #clock: Clock;
  readonly #wholeWeight: WeightOf;
  readonly #entries = new Map<string, Map<string, Entry>>();

  /** `wholeWeight`: what a real server weighs in the end. */
  constructor(clock: Clock, wholeWeight: WeightOf) {
    this.#clock = clock;
    this.#wholeWeight = wholeWeight;
  }

  /** A real server came back, or went. */
  verdictChanged(server: VirtualServerModel, realServer: RealServerModel, isUp: boolean): void {
    if (server.slowStart === undefined) return;
    const { name } = realServer;
    const weight = this.#wholeWeight(realServer);
    const now = this.#clock.now();
    const ramp = { began: now, duration: server.slowStart };
    const next = isUp ? nextRampStep(weight, ramp, now) : undefined;
    const entries = this.#entries.get(server.name) ?? new Map<string, Entry>();
    if (next === undefined) entries.delete(name);
    else entries.set(name, { ramp, weight, next });
    if (entries.size === 0) this.#entries.delete(server.name);
    else this.#entries.set(server.name, entries);
  }

  /** What the real servers of a virtual server weigh now; undefined while none of them is on its way. */
  weightsOf(server: VirtualServerModel): WeightOf | undefined {
    const entries = this.#entries.size === 0 ? undefined : this.#entries.get(server.name);
    if (entries === undefined || server.slowStart === undefined) return undefined;
    const now = this.#clock.now();
    return (realServer) => {
      const weight = this.#wholeWeight(realServer);
      const entry = entries.get(realServer.name);
      return entry === undefined ? weight : rampedWeight(weight, entry.ramp, now);
    };
  }

  /** When the next weight changes; undefined while none does. */
  get next(): Instant | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const entries of this.#entries.values())
      for (const entry of entries.values()) next = Math.min(next, entry.next);
    return next === Number.POSITIVE_INFINITY ? undefined : instant(next);
  }

  /** The names of the virtual servers in which a weight is due to change; those changes count as made. */
  takeDue(now: Instant): ReadonlySet<string> {
    const due = new Set<string>();
    for (const [server, entries] of this.#entries) {
      for (const [name, entry] of entries) {
        if (entry.next > now) continue;
        due.add(server);
        const next = nextRampStep(entry.weight, entry.ramp, now);
        if (next === undefined) entries.delete(name);
        else entry.next = next;
      }
      if (entries.size === 0) this.#entries.delete(server);
    }
    return due;
  }
}
