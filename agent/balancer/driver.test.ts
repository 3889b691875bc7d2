import { expect, test } from "bun:test";
import { MemoryOwned } from "../../test/balancer/director.ts";
import {
  alwaysThe,
  balancer,
  checker,
  realServer,
  service,
  virtualServer,
} from "../../test/balancer/model-builders.ts";
import { milliseconds, seconds } from "../base/duration.ts";
import { silentLog } from "../base/log.ts";
import type { Event } from "../events/event.ts";
import type { ProbeOutcome } from "../health/core/probe-outcome.ts";
import { VirtualClock } from "../kernel/memory/clock.ts";
import { MemoryIpvs } from "../kernel/memory/ipvs.ts";
import { BalancerDriver } from "./driver.ts";
import type { CheckerMemory } from "./view.ts";

const checked = { checkers: [checker("a", { warmup: seconds(0), retries: 0 })] };
const web = virtualServer([realServer("10.9.0.11", checked), realServer("10.9.0.12")]);

test("a real server that refuses leaves the kernel's table, and comes back with its first success", async () => {
  const world = new World();
  expect(world.driver.configure(balancer(web), [])).toEqual({
    failures: [],
    counts: { added: 3, updated: 0, removed: 0 },
  });
  expect(world.destinations()).toEqual(["10.9.0.11", "10.9.0.12"]);
  world.outcome = { kind: "failed", detail: "connection refused" };
  await world.pass(0);
  expect(world.destinations()).toEqual(["10.9.0.12"]);
  world.outcome = { kind: "passed", detail: "connected" };
  await world.pass(10_000);
  expect(world.destinations()).toEqual(["10.9.0.11", "10.9.0.12"]);
  expect(world.kinds()).toEqual([
    "ipvs-applied",
    "checker-changed",
    "real-server-changed",
    "ipvs-applied",
    "checker-changed",
    "real-server-changed",
    "ipvs-applied",
  ]);
});

test("a server that is remembered as down is not in the pool for one moment after a restart", () => {
  const world = new World();
  const memory: CheckerMemory = { id: "a", up: false, since: 7, reason: "connection refused" };
  expect(world.driver.configure(balancer(web), [memory]).failures).toEqual([]);
  expect(world.ipvs.operations.map(({ kind }) => kind)).toEqual(["add-service", "add-destination"]);
  expect(world.destinations()).toEqual(["10.9.0.12"]);
  expect(world.driver.state().virtualServers[0]?.realServers[0]).toMatchObject({
    up: false,
    reason: "tcp 10.9.0.11:80: connection refused",
    since: 7,
  });
});

test("real servers that are in from the first moment on are told where that is configured, once, and not after a crash", () => {
  const told = ({ events }: World) =>
    events.flatMap((event) =>
      event.kind === "real-server-changed" ? [`${event.realServer} ${event.up} ${event.first}`] : [],
    );
  const asked = (server: typeof web) => ({ ...balancer(server), tellsFirstRealServers: true }) as const;
  const world = new World();
  const down: CheckerMemory = { id: "a", up: false, since: 7, reason: "connection refused" };
  world.driver.configure(asked(web), [down]);
  expect(told(world)).toEqual(["10.9.0.12:80 true true"]);
  const more = virtualServer([...web.realServers, realServer("10.9.0.13")]);
  world.driver.configure(asked(more), []);
  expect(told(world)).toEqual(["10.9.0.12:80 true true", "10.9.0.13:80 true true"]);
  const next = new World(world);
  next.driver.configure(asked(more), [down]);
  expect(told(next)).toEqual([]);
  const quiet = new World();
  quiet.driver.configure(balancer(web), []);
  expect(told(quiet)).toEqual([]);
});

test("a configuration says how many operations it took, and only those that the kernel acknowledged for it", () => {
  const world = new World();
  world.driver.configure(balancer(web), []);
  const lighter = virtualServer([realServer("10.9.0.12", { weight: 3 })]);
  expect(world.driver.configure(balancer(lighter), []).counts).toEqual({ added: 0, updated: 1, removed: 1 });
  expect(world.driver.configure(balancer(lighter), []).counts).toEqual({ added: 0, updated: 0, removed: 0 });
});

test("a push that the kernel refuses restarts no checker", async () => {
  const world = new World();
  world.driver.configure(balancer(web), []);
  await world.pass(0);
  const before = world.driver.state().checkers;
  const odd = virtualServer([], service("10.9.0.101", { scheduler: "odd" }));
  expect(world.driver.configure(balancer(odd), []).failures).toMatchObject([{ cause: { code: "ENOENT" } }]);
  expect(world.driver.state().checkers).toEqual(before);
  expect(world.destinations()).toEqual(["10.9.0.11", "10.9.0.12"]);
});

test("a hand-over leaves the table and asks nobody any more", async () => {
  const world = new World();
  world.driver.configure(balancer(web), []);
  world.driver.handOver();
  await world.pass(120_000);
  expect(world.probes).toBe(0);
  expect(world.destinations()).toEqual(["10.9.0.11", "10.9.0.12"]);
});

test("a stop removes the services and asks nobody any more", async () => {
  const world = new World();
  world.driver.configure(balancer(web), []);
  expect(world.driver.stop({ keep: false })).toEqual([]);
  await world.pass(120_000);
  expect(world.probes).toBe(0);
  expect(world.ipvs.observe()).toEqual([]);
});

test("a dry run judges by the verdicts of the running checkers", async () => {
  const world = new World();
  world.driver.configure(balancer(web), []);
  world.outcome = { kind: "failed", detail: "connection refused" };
  await world.pass(0);
  expect(world.driver.plan(balancer(web))).toEqual({ operations: [], cutConnections: 0 });
});

/** Health and balancer on a kernel in memory, with one outcome for every probe. */
class World {
  readonly clock = new VirtualClock();
  readonly ipvs: MemoryIpvs;
  readonly #owned: MemoryOwned;
  readonly events: Event[] = [];
  outcome: ProbeOutcome = { kind: "passed", detail: "connected" };
  probes = 0;
  readonly driver: BalancerDriver;

  /** `before`: the process was killed, and another one takes over what it has left. */
  constructor(before?: World) {
    this.ipvs = before === undefined ? new MemoryIpvs() : before.ipvs;
    this.#owned = before === undefined ? new MemoryOwned() : before.#owned;
    const probe = () => {
      this.probes += 1;
      return Promise.resolve(this.outcome);
    };
    this.driver = new BalancerDriver({
      clock: this.clock,
      createTimer: this.clock.createTimer,
      random: () => 0.5,
      ipvs: this.ipvs,
      owned: this.#owned,
      report: (event) => void this.events.push(event),
      remember: () => undefined,
      log: silentLog,
      probes: alwaysThe(probe),
    });
  }

  /** Moves time, lets probes that ended be taken, and lets the kernel follow. */
  async pass(duration: number): Promise<void> {
    this.clock.advance(milliseconds(duration));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    this.clock.advance(milliseconds(0));
  }

  destinations(): string[] {
    return this.ipvs
      .observe()
      .flatMap((entry) => entry.destinations.map(({ destination }) => destination.address as string))
      .sort();
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}
