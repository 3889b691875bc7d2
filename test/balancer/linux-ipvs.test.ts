// The reconciler on a real kernel: what it wrote is what it reads back, for every setting there is, so that no plan goes on for ever.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { tableOf } from "../../agent/balancer/core/table.ts";
import { Reconciler } from "../../agent/balancer/reconciler.ts";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import type { BalancerModel, RealServerModel } from "../../agent/config/model.ts";
import type { Event } from "../../agent/events/event.ts";
import type { Forwarding, IpvsOperation, IpvsPort, Service, ServiceKey } from "../../agent/kernel/ipvs.ts";
import { LinuxIpvs } from "../../agent/kernel/linux/ipvs.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "../contract/linux-namespace.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { MemoryOwned, operationText } from "./director.ts";
import { balancer, realServer, service, virtualServer } from "./model-builders.ts";

const whyNot = whyNoNamespaces ?? (kernelHasIpvs ? undefined : "this kernel has no ipvs; run it with scripts/lab/run");

const keys: readonly ServiceKey[] = [
  { kind: "address", protocol: "tcp", address: ip("10.9.0.100"), port: 80 },
  { kind: "address", protocol: "udp", address: ip("10.9.0.100"), port: 53 },
  { kind: "address", protocol: "sctp", address: ip("10.9.0.101"), port: 132 },
  { kind: "address", protocol: "tcp", address: ip("2001:db8::100"), port: 443 },
  { kind: "mark", mark: 300, family: "ipv4" },
];

const flag = fc.boolean();
const settings = fc.record({
  scheduler: fc.constantFrom("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf"),
  flags: fc.record({ flag1: flag, flag2: flag, flag3: flag, onePacket: fc.constant(false) }),
  timeout: fc.option(fc.constantFrom(seconds(1), seconds(360), seconds(86_400)), { nil: undefined }),
  granularity: fc.constantFrom(24, 32),
});

const forwarding: fc.Arbitrary<Forwarding> = fc.constantFrom<Forwarding>(
  { method: "masquerade" },
  { method: "direct" },
  { method: "tunnel", type: "ipip", port: 0, checksum: "none" },
  { method: "tunnel", type: "gue", port: 6080, checksum: "none" },
  { method: "tunnel", type: "gue", port: 6081, checksum: "full" },
  { method: "tunnel", type: "gre", port: 0, checksum: "full" },
);

const pool = (isIpv6: boolean): fc.Arbitrary<RealServerModel[]> =>
  fc.subarray([11, 12, 13]).chain((chosen) =>
    fc.tuple(
      ...chosen.map((last) =>
        fc
          .record({
            forwarding,
            weight: fc.constantFrom(0, 1, 65_535),
            upperThreshold: fc.constantFrom(0, 100),
            inhibitOnFailure: flag,
          })
          .map((wish) => realServer(isIpv6 ? `2001:db8::${last}` : `10.9.0.${last}`, wish)),
      ),
    ),
  );

const model: fc.Arbitrary<BalancerModel> = fc
  .subarray([...keys])
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((key) =>
        fc
          .tuple(settings, pool(key.kind === "address" && key.address.includes(":")))
          .map(([wish, realServers]) => virtualServer(realServers, serviceOf(key, wish))),
      ),
    ),
  )
  .map((servers) => balancer(...servers));

describe.skipIf(whyNot !== undefined)(linuxTitle("the reconciler", whyNot), () => {
  test(
    "what one configuration after the other wrote needs nothing afterwards, and changes happen in place",
    () => {
      fc.assert(
        fc.property(model, model, (first, second) => {
          using world = new World();
          for (const wish of [first, second]) {
            expect(world.reconciler.apply(wish)).toEqual([]);
            expect(world.reconciler.plan(wish).map(operationText)).toEqual([]);
            expect(world.reconciler.reconcile()).toEqual([]);
          }
          expect(world.events.filter(({ kind }) => kind === "ipvs-refused" || kind === "ipvs-drift")).toEqual([]);
        }),
        { numRuns: 40 },
      );
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test("a forwarding method changes in place, without the destination going away", () => {
    using world = new World();
    const methods: readonly Forwarding[] = [
      { method: "masquerade" },
      { method: "direct" },
      { method: "tunnel", type: "ipip", port: 0, checksum: "none" },
      { method: "masquerade" },
    ];
    for (const wish of methods) {
      expect(world.reconciler.apply(balancer(virtualServer([realServer("10.9.0.11", { forwarding: wish })])))).toEqual(
        [],
      );
      expect(world.methods()).toEqual([wish.method]);
    }
    expect(world.asked.map(({ kind }) => kind)).toEqual([
      "add-service",
      "add-destination",
      "update-destination",
      "update-destination",
      "update-destination",
    ]);
  });

  test("a verdict on what somebody else cleared is carried out, and the rest comes back", () => {
    using world = new World();
    const web = virtualServer([realServer("10.9.0.11"), realServer("10.9.0.12")]);
    world.reconciler.apply(balancer(web));
    world.ipvs.apply([{ kind: "remove-service", key: web.service.key }]);
    world.down.add("10.9.0.11:80");
    world.reconciler.verdictChanged(web);
    world.clock.advance(seconds(0));
    expect(world.reconciler.plan(balancer(web))).toEqual([]);
    expect(world.methods()).toEqual(["masquerade"]);
  });
});

function serviceOf(
  key: ServiceKey,
  {
    timeout,
    granularity,
    ...wish
  }: { timeout: ReturnType<typeof seconds> | undefined; granularity: number } & Pick<Service, "scheduler" | "flags">,
): Service {
  const isIpv6 = key.kind === "address" && key.address.includes(":");
  const persistence = timeout === undefined ? {} : { persistence: { timeout, granularity: isIpv6 ? 64 : granularity } };
  return { ...service(), key, ...wish, ...persistence };
}

/** A reconciler in a network namespace of its own. */
class World implements Disposable {
  readonly clock = new VirtualClock();
  readonly events: Event[] = [];
  readonly asked: IpvsOperation[] = [];
  readonly down = new Set<string>();
  readonly #namespace = quietNamespace();
  readonly #linux = new LinuxIpvs();
  readonly ipvs: IpvsPort = {
    info: () => this.#namespace.inside(() => this.#linux.info()),
    observe: () => this.#namespace.inside(() => this.#linux.observe()),
    observeServices: () => this.#namespace.inside(() => this.#linux.observeServices()),
    observeService: (key) => this.#namespace.inside(() => this.#linux.observeService(key)),
    observeDestinations: (key) => this.#namespace.inside(() => this.#linux.observeDestinations(key)),
    apply: (operations) => {
      this.asked.push(...operations);
      return this.#namespace.inside(() => this.#linux.apply(operations));
    },
    close: () => this.#linux.close(),
  };
  readonly reconciler = new Reconciler({
    ipvs: this.ipvs,
    owned: new MemoryOwned(),
    clock: this.clock,
    createTimer: this.clock.createTimer,
    report: (event) => void this.events.push(event),
    log: silentLog,
    isUp: ({ name }) => !this.down.has(name),
  });

  /** The forwarding methods of all destinations. */
  methods(): string[] {
    return [...tableOf(this.ipvs.observe()).values()].flatMap(({ destinations }) =>
      destinations.map(({ forwarding: found }) => found.method),
    );
  }

  [Symbol.dispose](): void {
    this.reconciler.close();
    this.ipvs.close();
    this.#namespace[Symbol.dispose]();
  }
}
