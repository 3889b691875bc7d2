// A health driver with probes that answer what a test says, on a clock that stands still unless a test moves it.

import type { CheckerMemory } from "../../agent/balancer/view.ts";
import { instant, milliseconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import { seededRandom } from "../../agent/base/random.ts";
import type { CheckerModel, ProbeModel, RealServerModel } from "../../agent/config/model.ts";
import type { Event } from "../../agent/events/event.ts";
import type { KeptAttempts } from "../../agent/health/attempt-history.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { HealthDriver } from "../../agent/health/driver.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { alwaysThe, balancer, realServer, tcp, virtualServer } from "../balancer/model-builders.ts";

export const passed: ProbeOutcome = { kind: "passed", detail: "connected" };
export const refused: ProbeOutcome = { kind: "failed", detail: "connection refused" };

/** One virtual server with one real server, and whatever its checkers do and say. */
export class World {
  readonly clock = new VirtualClock();
  readonly #start = this.clock.now();
  readonly attempts: { id: string; at: number; signal: AbortSignal; finish: (outcome: ProbeOutcome) => void }[] = [];
  readonly answers = new Map<string, ProbeOutcome>();
  readonly events: Event[] = [];
  readonly remembered: CheckerMemory[] = [];
  readonly #ids = new Map<ProbeModel, string>();
  readonly #marks = new Map<string, number>();
  readonly lines: string[] = [];
  #server = realServer();
  verdicts = 0;
  readonly health: HealthDriver;

  /** `probeCost`: milliseconds for which starting a probe keeps the processor busy. */
  constructor({
    answer = "at once",
    probeCost = 0,
    addresses,
    attempts,
  }: {
    answer?: "at once" | "never" | "throw";
    probeCost?: number;
    addresses?: () => ReadonlySet<string>;
    attempts?: KeptAttempts;
  } = {}) {
    let busy = 0;
    const probe = (model: ProbeModel, signal: AbortSignal) => {
      const id = this.#ids.get(model) ?? "?";
      busy += probeCost;
      if (answer === "throw") return Promise.reject(new Error("broken"));
      const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
      this.attempts.push({ id, at: this.clock.now() - this.#start, signal, finish: resolve });
      if (answer === "at once") resolve(this.answers.get(id) ?? passed);
      return promise;
    };
    this.health = new HealthDriver({
      clock: { now: () => instant(this.clock.now() + busy), wall: () => this.clock.wall() },
      createTimer: (onDeadline) => {
        const timer = this.clock.createTimer(onDeadline);
        return { ...timer, arm: (at) => timer.arm(at === undefined ? undefined : instant(at - busy)) };
      },
      random: seededRandom(1),
      probes: alwaysThe(probe),
      report: (event) => void this.events.push(event),
      remember: (memory) => void this.remembered.push(memory),
      onVerdict: () => {
        this.verdicts += 1;
      },
      log: { ...silentLog, info: (name, fields) => void this.lines.push(`${name} ${fields?.reason}`) },
      ...(attempts !== undefined && { attempts }),
      ...(addresses !== undefined && { addresses }),
    });
  }

  configure(...checkers: CheckerModel[]): void {
    this.configureWith([], ...checkers);
  }

  configureWith(memory: readonly CheckerMemory[], ...checkers: CheckerModel[]): void {
    // No two probe the same, or they would share their attempts.
    const own = checkers.map((one) =>
      one.probe.kind === "bfd" ? one : { ...one, probe: tcp({ source: { mark: this.#markOf(one.id) } }) },
    );
    for (const one of own) this.#ids.set(one.probe, one.id);
    this.#server = realServer("10.9.0.11", { checkers: own });
    this.health.configure(balancer(virtualServer([this.#server])).virtualServers, memory);
  }

  #markOf(id: string): number {
    const mark = this.#marks.get(id) ?? this.#marks.size + 1;
    this.#marks.set(id, mark);
    return mark;
  }

  /** Moves from deadline to deadline and lets finished probes be taken in between. */
  async advance(duration: number): Promise<void> {
    const end = this.clock.now() + duration;
    for (;;) {
      this.clock.advance(milliseconds(0));
      await settled();
      const next = this.clock.nextDeadline();
      if (next === undefined || next > end) break;
      this.clock.advanceTo(next);
    }
    this.clock.advance(milliseconds(end - this.clock.now()));
    await settled();
  }

  get server(): RealServerModel {
    return this.#server;
  }

  weightFor(configured: number): number {
    return this.health.weightOf({ ...this.#server, weight: configured });
  }

  weight(): number {
    return this.health.weightOf(this.#server);
  }

  isUp(): boolean {
    return this.health.verdictWith()(this.#server).up;
  }

  changes(): string[] {
    return this.events.flatMap((event) =>
      event.kind === "real-server-changed" ? [`${event.up ? "up" : "down"}: ${event.reason}`] : [],
    );
  }
}

/** Until promises that are resolved have run what waits for them. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
