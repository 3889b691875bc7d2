// Many watchers at once, some slow, some that go away and come back, over many events and three restarts: each sees every event once and in
// order, or is told from where on some are missing; and what waits for them is bounded.

import { expect, test } from "bun:test";
import { seededRandom } from "../../agent/base/random.ts";
import type { WatchMessage } from "../../agent/control/words/watching.ts";
import { MemoryAgent } from "./memory-agent.ts";

/** The full size: WATCHERS=1000 EVENTS=100000, which takes minutes. */
const watchers = Number(process.env.WATCHERS ?? 1000);
const events = Number(process.env.EVENTS ?? 6000);
const restarts = 3;
const random = seededRandom(7);

/** One watcher: what it has, and what was wrong with it. */
class Watcher {
  readonly slow = random() < 0.2;
  readonly restless = random() < 0.3;
  last = 0;
  seen = 0;
  gaps = 0;
  overflows = 0;
  #next = 0;
  #mayMiss = false;

  /** Watches until the agent is gone, or it has had enough for now. */
  async watch(agent: MemoryAgent): Promise<void> {
    const patience = this.restless ? 1 + Math.floor(random() * 400) : Number.POSITIVE_INFINITY;
    const watch = agent.watch({ resumeAfter: this.last, contents: new Set(["event"]), heartbeatMs: 60_000 });
    let got = 0;
    for await (const message of watch) {
      this.#take(message);
      if (++got > patience) break;
      if (this.slow && got % 50 === 0) await Bun.sleep(1);
    }
    watch.close();
  }

  #take(message: WatchMessage): void {
    if (message.kind === "too-old") this.#mayMiss = true;
    if (message.kind === "overflow") this.overflows += 1;
    if (message.kind !== "event") return;
    const { sequence, event } = message.entry;
    if (sequence <= this.last) throw new Error(`${sequence} came after ${this.last}`);
    this.last = sequence;
    if (event.kind !== "agent-stopping") return;
    const number = Number(event.reason);
    if (number !== this.#next && !this.#mayMiss)
      throw new Error(`event ${number} came where ${this.#next} was expected`);
    if (number < this.#next) throw new Error(`event ${number} came again`);
    if (number !== this.#next) this.gaps += 1;
    this.#mayMiss = false;
    this.#next = number + 1;
    this.seen += 1;
  }
}

test(`${watchers} watchers of ${events} events over ${restarts} restarts miss nothing without being told`, async () => {
  const before = process.memoryUsage.rss();
  let peak = before;
  const looking = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  let agent = new MemoryAgent();
  agent.watchCapacity = 500;
  const all = Array.from({ length: watchers }, () => new Watcher());
  let isOver = false;
  const lives = all.map(async (watcher) => {
    while (!isOver) {
      await watcher.watch(agent);
      await Bun.sleep(watcher.restless ? random() * 20 : 1);
    }
  });
  for (let number = 0; number < events; number++) {
    agent.journal.report({ kind: "agent-stopping", reason: String(number) });
    if (number % 100 === 99) await Bun.sleep(1);
    if (number % Math.ceil(events / (restarts + 1)) === 0 && number > 0) {
      agent.journal.flush();
      agent.kill();
      agent = new MemoryAgent(agent);
      agent.watchCapacity = 500;
    }
  }
  // Whoever is left behind catches up.
  const end = performance.now() + 300_000;
  while (all.some(({ last }) => last < agent.journal.sequence) && performance.now() < end) await Bun.sleep(10);
  isOver = true;
  agent.feed.close();
  await Promise.all(lives);
  expect(all.filter(({ last }) => last !== agent.journal.sequence)).toEqual([]);
  if (events <= 10_000) expect(all.filter(({ seen, gaps }) => seen !== events || gaps > 0)).toEqual([]);
  expect(agent.feed.size).toBe(0);
  clearInterval(looking);
  // 1000 watchers of 100,000 events took 180 MB; without bounds they take gigabytes.
  expect(peak - before).toBeLessThan(500e6);
  agent[Symbol.dispose]();
}, 900_000);
