// Virtual servers that are the same objects in the next configuration cost nothing when it is taken over. Whether they are must not be seen: a driver that is
// given the same configurations as copies does the same at the same moments.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { alwaysThe, checker, realServer, service, virtualServer } from "../../test/balancer/model-builders.ts";
import { seconds } from "../base/duration.ts";
import { silentLog } from "../base/log.ts";
import type { VirtualServerModel } from "../config/model.ts";
import { VirtualClock } from "../kernel/memory/clock.ts";
import { HealthDriver } from "./driver.ts";

const places = [0, 1, 2, 3] as const;

/** One of two virtual servers at each place; the second has another pace and one checker more. */
const pool = places.map((place) =>
  [0, 1].map((kind): VirtualServerModel => {
    const address = `10.9.0.${101 + place}`;
    const id = (name: string) => `${address} ${name}`;
    const pace = { delay: seconds(3 + kind), warmup: seconds(1) };
    const more = kind === 1 ? [checker(id("b"), pace)] : [];
    const of = virtualServer(
      [realServer("10.9.0.11", { checkers: [checker(id("a"), pace), ...more] })],
      service(address),
    );
    return place < 2 ? of : { ...of, suspendsWithoutAddress: true };
  }),
);

const configurations = fc.array(
  fc.record({
    servers: fc.shuffledSubarray([...places]),
    kinds: fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(1)),
    isHeld: fc.boolean(),
    after: fc.constantFrom(0, 100, 1_500, 4_000),
  }),
  { minLength: 2, maxLength: 8 },
);

test("a driver that is given the same objects does what one does that is given copies", async () => {
  await fc.assert(
    fc.asyncProperty(configurations, async (history) => {
      const [same, copied] = [new World(), new World()];
      for (const { servers, kinds, isHeld, after } of history) {
        const list = servers.flatMap((place) => pool[place]?.[kinds[place]] ?? []);
        await same.live(list, isHeld, after);
        await copied.live(structuredClone(list), isHeld, after);
        expect(same.health.views()).toEqual(copied.health.views());
        expect(same.inOrder()).toEqual(copied.inOrder());
      }
    }),
    { numRuns: 300 },
  );
});

class World {
  readonly clock = new VirtualClock();
  /** Every probe, event, memory and verdict. */
  readonly said: unknown[] = [];
  readonly health: HealthDriver;
  #isHeld = true;

  constructor() {
    this.health = new HealthDriver({
      clock: this.clock,
      createTimer: (onDeadline) => this.clock.createTimer(onDeadline),
      random: () => 0.5,
      probes: alwaysThe(async (probe) => {
        this.said.push([this.clock.now(), probe]);
        return Math.floor(this.clock.now() / 1000) % 3 === 0
          ? { kind: "failed", detail: "no" }
          : { kind: "passed", detail: "yes" };
      }),
      report: (event) => void this.said.push(event),
      remember: (memory) => void this.said.push(memory),
      onVerdict: ({ name }, realServer) => void this.said.push([name, realServer.name]),
      log: silentLog,
      addresses: () => new Set(this.#isHeld ? pool.flatMap(([one]) => addressOf(one)) : []),
    });
  }

  /** What happens at one moment has no order. */
  inOrder(): readonly string[] {
    return this.said.map((one) => JSON.stringify(one)).sort();
  }

  async live(servers: readonly VirtualServerModel[], isHeld: boolean, duration: number): Promise<void> {
    this.#isHeld = isHeld;
    this.health.configure(servers);
    for (let passed = 0; passed < duration; passed += 100) {
      this.clock.advance(seconds(0.1));
      await Promise.resolve();
      await Promise.resolve();
    }
  }
}

function addressOf(server: VirtualServerModel | undefined): string[] {
  return server?.service.key.kind === "address" ? [server.service.key.address] : [];
}
