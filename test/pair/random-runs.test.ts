// Random lives of two to five directors: messages are lost, doubled, delayed and overtake each other, the segment falls apart, processes stop,
// die and come back, machines are suspended, cables are pulled. All of it from a seed, which is printed when a run fails: RUN_SEED=1234 runs
// that one alone, RUNS=100000 so many (the long form), from FIRST_SEED on.

import { expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { type Milliseconds, milliseconds, seconds } from "../../agent/base/duration.ts";
import type { Random } from "../../agent/base/random.ts";
import type { ElectionModel } from "../../agent/config/election-model.ts";
import type { VrrpInstanceModel, VrrpModel } from "../../agent/config/model.ts";
import { idealConditions, partition } from "../../agent/kernel/memory/wire.ts";
import { masterDownInterval } from "../../agent/vrrp/core/timers.ts";
import { type Director, eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

const runs = Number(process.env.RUNS ?? 3000);
const first = Number(process.env.FIRST_SEED ?? 1);
const only = process.env.RUN_SEED;

test(
  "after the segment is whole and quiet there is exactly one master, the right one, and priority orders who follows it",
  () => {
    const seeds = only === undefined ? Array.from({ length: runs }, (_, index) => first + index) : [Number(only)];
    for (const seed of seeds) {
      const problem = run(seed);
      if (problem !== undefined) throw new Error(`RUN_SEED=${seed}: ${problem}`);
    }
    expect(seeds.length).toBeGreaterThan(0);
    console.log(`random lives: seeds ${seeds[0]} to ${seeds.at(-1)}`);
  },
  60_000 + runs * 500,
);

function run(seed: number): string | undefined {
  const segment = new Segment(seed);
  const life = new Life(segment);
  for (let turn = 0; turn < 8; turn += 1) {
    life.disturb();
    const problem = life.pass(segment.random() * 8);
    if (problem !== undefined) return problem;
  }
  life.heal();
  return life.pass(life.quietIntervals()) ?? life.verdict() ?? life.succession();
}

/** What happens on a segment, by chance. */
class Life {
  readonly #segment: Segment;
  readonly #random: Random;
  readonly #interval: Milliseconds;
  readonly #preempt: boolean;
  readonly #preemptDelay: Milliseconds;
  readonly #startupDelay: Milliseconds;
  readonly #election: ElectionModel;
  readonly #history: string[] = [];

  constructor(segment: Segment) {
    this.#segment = segment;
    this.#random = segment.random;
    const version = this.#pick([2, 3] as const);
    this.#interval = version === 2 ? seconds(1) : this.#pick([10, 100, 1000].map(milliseconds));
    this.#preempt = this.#random() < 0.8;
    this.#preemptDelay = this.#random() < 0.2 ? milliseconds(this.#interval * 5) : milliseconds(0);
    this.#startupDelay = milliseconds(this.#random() < 0.2 ? this.#interval * 2 : 0);
    this.#election = this.#anyElection();
    const count = 2 + Math.floor(this.#random() * 4);
    for (let number = 1; number <= count; number += 1) this.#add(number, version);
    for (const director of segment.directors) if (this.#random() < 0.9) director.start();
  }

  /** One disturbance. */
  disturb(): void {
    const director = this.#pick(this.#segment.directors);
    const names = this.#segment.directors.map(({ name }) => name);
    const group = names.filter(() => this.#random() < 0.5);
    const disturbances: readonly (readonly [string, () => void])[] = [
      ["loss", () => this.#condition({ loss: () => this.#random() * 0.6 })],
      ["duplicates", () => this.#segment.duplicate(this.#random() * 0.5)],
      ["delay", () => this.#condition({ delay: () => milliseconds(this.#random() * this.#interval * 0.3) })],
      ["reordering", () => this.#condition({ delay: () => milliseconds(this.#random() * this.#interval * 2) })],
      ["partition", () => this.#condition(partition([group, names.filter((name) => !group.includes(name))]))],
      ["one-way partition", () => this.#condition({ joined: (from) => from !== director.name })],
      ["whole", () => this.#condition(idealConditions)],
      ["pause", () => director.gate?.pause()],
      ["busy", () => director.gate?.holdUp()],
      ["go on", () => director.resume()],
      ["suspend", () => director.suspend()],
      ["kill", () => director.kill()],
      ["stop", () => (director.isRunning() ? director.stop() : undefined)],
      ["start", () => this.#start(director)],
      ["boot", () => this.#boot(director)],
      ["cable pulled", () => director.links.setLink(eth0, { running: false })],
      ["cable back", () => director.links.setLink(eth0, { running: true })],
      ["address removed", () => this.#removeAddress(director)],
      ["changes lost", () => director.links.overrun()],
      ["priority", () => this.#changePriority(director)],
    ];
    const [what, happen] = this.#pick(disturbances);
    this.#history.push(`${this.#segment.clock.now()} ${what} ${director.name}`);
    happen();
  }

  /** Lets so many intervals pass, and looks at every step whether an address is held outside master. */
  pass(intervals: number): string | undefined {
    const { clock } = this.#segment;
    const end = clock.now() + intervals * this.#interval;
    for (let next = clock.nextDeadline(); next !== undefined && next <= end; next = clock.nextDeadline()) {
      clock.advanceTo(next);
      const problem = this.#misplaced();
      if (problem !== undefined) return this.#tell(problem);
    }
    clock.advance(milliseconds(Math.max(0, end - clock.now())));
    return undefined;
  }

  /** Makes everything whole: all directors run and hear each other, with a delay that is small against the interval. */
  heal(): void {
    this.#segment.duplicate(0);
    this.#segment.wire.conditions = {
      ...idealConditions,
      delay: () => milliseconds(this.#random() * this.#interval * 0.02),
    };
    for (const director of this.#segment.directors) {
      director.links.setLink(eth0, { running: true });
      director.resume();
      if (director.driver === undefined) director.start();
    }
    this.#history.push(`${this.#segment.clock.now()} healed`);
  }

  /** How long quiet takes: the longest master down interval, an interval for the yielding, and twice with the preempt delay. */
  quietIntervals(): number {
    const once = this.#longestMasterDown() / this.#interval + 1 + this.#startupDelay / this.#interval;
    return this.#preemptDelay === 0 ? once : 2 * once + this.#preemptDelay / this.#interval;
  }

  /** One master after the other dies; each time only the one with the highest priority that is left may become master, if only for a moment. */
  succession(): string | undefined {
    const { directors, wire, clock } = this.#segment;
    wire.conditions = idealConditions;
    // Whoever has heard the last advertisement with delay catches up with the others.
    const problem = this.pass(3);
    if (problem !== undefined) return problem;
    const alive = new Set(directors);
    while (alive.size > 1) {
      const master = directors.find((director) => director.stateOf() === "master");
      if (master === undefined) return this.#tell("nobody is master");
      master.kill();
      alive.delete(master);
      for (const { events } of alive) events.length = 0;
      clock.advance(milliseconds(this.#longestMasterDown() + this.#interval));
      const best = Math.max(...[...alive].map(priorityOf));
      const followed = [...alive].filter(hasBecomeMaster);
      if (followed.length === 0 || followed.some((director) => priorityOf(director) !== best))
        return this.#tell(`${master.name} was followed by [${followed.map(({ name }) => name)}], the best is ${best}`);
    }
    return undefined;
  }

  verdict(): string | undefined {
    const { directors } = this.#segment;
    const masters = directors.filter((director) => director.stateOf() === "master");
    const [master] = masters;
    if (master === undefined || masters.length !== 1) return this.#tell(`masters are [${this.#segment.masters()}]`);
    const best = Math.max(...directors.map(priorityOf));
    if (this.#preempt && priorityOf(master) !== best) return this.#tell(`${master.name} is master, best is ${best}`);
    const missing = master.held().length !== master.model.instances[0]?.virtualAddresses.length;
    return missing ? this.#tell(`${master.name} is master without its addresses`) : this.#misplaced();
  }

  /**
   * A running director that is not master holds no address, and one without a link is not master. One that is stopped, suspended or dead
   * cannot know: its lease ends it.
   */
  #misplaced(): string | undefined {
    for (const director of this.#segment.directors) {
      if (!director.isRunning()) continue;
      const [state, held] = [director.stateOf(), director.held()];
      if (state !== "master" && held.length > 0) return `${director.name} is ${state} and holds [${held}]`;
      if (state === "master" && director.links.link(eth0)?.running !== true)
        return `${director.name} is master without a link`;
    }
    return undefined;
  }

  #longestMasterDown(): Milliseconds {
    const config = this.#segment.directors[0]?.model.instances[0] ?? instanceModel();
    return masterDownInterval({ ...config, priority: 1, masterInterval: config.advertisementInterval });
  }

  #add(number: number, version: 2 | 3): void {
    const instance: Partial<VrrpInstanceModel> = {
      version,
      priority: this.#anyPriority(),
      advertisementInterval: this.#interval,
      ...this.#election,
      preempt: this.#preempt,
      preemptDelay: this.#preemptDelay,
      initialState: this.#pick(["master", "backup"] as const),
      checksumWithPseudoHeader: this.#random() < 0.5,
      authentication: version === 2 ? { type: "pass", password: "secret" } : { type: "none" },
      virtualAddresses: ["10.9.0.100", "10.9.1.100"].map((text) => ({
        address: ip(text),
        prefixLength: 24,
        interface: "eth0",
      })),
    };
    this.#segment.add(number, this.#modelOf(instanceModel(instance)));
  }

  #modelOf(instance: VrrpInstanceModel): VrrpModel {
    const model = vrrpModel(instance);
    return { ...model, general: { ...model.general, startupDelay: this.#startupDelay } };
  }

  /** keepalived's options, the same on all directors. Owners that ignore each other stay two: that is left to a test of its own. */
  #anyElection(): ElectionModel {
    return {
      downTimerAdverts: this.#random() < 0.7 ? 3 : 1 + Math.floor(this.#random() * 6),
      timerExpiredBackup: this.#random() < 0.7 ? undefined : 1 + Math.floor(this.#random() * 254),
      higherPrioSendAdvert: this.#random() < 0.3,
      lowerPrioNoAdvert: this.#random() < 0.3,
      ownerIgnoreAdverts: false,
    };
  }

  /** Often equal, sometimes the owner's, mostly somewhere between. */
  #anyPriority(): number {
    const chance = this.#random();
    if (chance < 0.1) return 255;
    return chance < 0.3 ? 100 : 1 + Math.floor(this.#random() * 254);
  }

  #condition(change: Partial<typeof idealConditions>): void {
    this.#segment.wire.conditions = { ...this.#segment.wire.conditions, ...change };
  }

  #start(director: Director): void {
    if (director.driver === undefined && !director.machine.isSuspended()) director.start();
  }

  #boot(director: Director): void {
    director.kill();
    director.machine.resume();
    director.memory.forget();
    director.links.setLink(eth0, { running: true });
    for (const address of director.held()) director.links.removeAddress({ linkIndex: eth0, address, prefixLength: 24 });
    director.start();
  }

  #removeAddress(director: Director): void {
    const [address] = director.held();
    if (address !== undefined) director.links.disturb({ linkIndex: eth0, address, prefixLength: 24 });
  }

  #changePriority(director: Director): void {
    const [instance] = director.model.instances;
    if (instance === undefined || !director.isRunning()) return;
    director.configure(this.#modelOf({ ...instance, priority: this.#anyPriority() }));
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#random() * choices.length)];
    if (choice === undefined) throw new Error("nothing to choose from");
    return choice;
  }

  #tell(problem: string): string {
    const settings = this.#segment.directors.map((director) => `${director.name}=${priorityOf(director)}`).join(" ");
    const timing = `interval ${this.#interval} preempt ${this.#preempt} delay ${this.#preemptDelay} startup ${this.#startupDelay} ${JSON.stringify(this.#election)}`;
    return `${problem} at ${this.#segment.clock.now()} (${settings}, ${timing})\n${this.#history.join("\n")}`;
  }
}

function hasBecomeMaster({ events }: Director): boolean {
  return events.some((event) => event.kind === "vrrp-state-changed" && event.to === "master");
}

function priorityOf(director: Director): number {
  return director.model.instances[0]?.priority ?? 0;
}
