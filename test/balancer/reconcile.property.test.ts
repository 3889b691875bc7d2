// Whatever happens to a director (pushes, verdicts, refusals, somebody else's hands on the table, restarts), in whatever order: once
// the kernel takes operations again, the table is as desired; services of others are as others left them; and no operation was ever
// asked for that the object did not need.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { sameDestination, sameKey, sameService } from "../../agent/balancer/core/compare.ts";
import { desiredTable } from "../../agent/balancer/core/desired.ts";
import { serviceOf } from "../../agent/balancer/core/operation-text.ts";
import { type Table, tableOf } from "../../agent/balancer/core/table.ts";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import type { BalancerModel, RealServerModel, SorryServerModel, VirtualServerModel } from "../../agent/config/model.ts";
import { destinationKeyText, type IpvsOperation, serviceKeyText } from "../../agent/kernel/ipvs.ts";
import { Director, operationText } from "./director.ts";
import { balancer, realServer, service, verdicts, virtualServer } from "./model-builders.ts";

const ours = ["10.9.0.101", "10.9.0.102", "10.9.0.103"];
const theirs = ["10.9.0.201", "10.9.0.202"];
const servers = ["10.9.0.11", "10.9.0.12", "10.9.0.13"];

const arbitraryRealServer = (address: string) =>
  fc
    .record({
      weight: fc.integer({ min: 0, max: 5 }),
      inhibitOnFailure: fc.boolean(),
      forwarding: fc.constantFrom<RealServerModel["forwarding"]>({ method: "masquerade" }, { method: "direct" }),
    })
    .map((settings) => realServer(address, settings));

const sorryServer = (inhibit: boolean): SorryServerModel => {
  const { name, address, port, forwarding } = realServer("10.9.0.99");
  return { name, address, port, forwarding, inhibit };
};

const arbitraryServer = (address: string) =>
  fc
    .record({
      realServers: fc.subarray(servers).chain((chosen) => fc.tuple(...chosen.map(arbitraryRealServer))),
      scheduler: fc.constantFrom("rr", "wlc"),
      persistence: fc.constantFrom(undefined, { timeout: seconds(50), granularity: 32 }),
      quorum: fc.integer({ min: 1, max: 3 }),
      sorryServer: fc.option(fc.boolean().map(sorryServer), { nil: undefined }),
      further: fc.subarray([443, 8443]),
      slowStart: fc.constantFrom({}, { slowStart: seconds(4) }),
    })
    .map(({ realServers, scheduler, persistence, quorum, sorryServer, further, slowStart }) => ({
      ...virtualServer(realServers, service(address, persistence ? { scheduler, persistence } : { scheduler })),
      furtherKeys: further.map((port) => ({
        kind: "address" as const,
        protocol: "tcp" as const,
        address: ip(address),
        port,
      })),
      quorum,
      sorryServer,
      ...slowStart,
    }));

const arbitraryModel: fc.Arbitrary<BalancerModel> = fc
  .subarray(ours)
  .chain((chosen) => fc.tuple(...chosen.map(arbitraryServer)))
  .map((chosen) => balancer(...chosen));

type Deed =
  | { readonly kind: "push"; readonly model: BalancerModel }
  | { readonly kind: "verdict"; readonly server: string; readonly up: boolean }
  | { readonly kind: "refuse"; readonly pattern: number; readonly code: string }
  | { readonly kind: "accept" }
  | { readonly kind: "foreign-edit"; readonly server: VirtualServerModel; readonly edit: number }
  | { readonly kind: "restart" }
  | { readonly kind: "wait"; readonly duration: number };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: arbitraryModel.map((model) => ({ kind: "push", model }) as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("verdict" as const),
      server: fc.constantFrom(...servers),
      up: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("refuse" as const),
      pattern: fc.integer({ min: 1, max: 3 }),
      code: fc.constantFrom("ENOMEM", "EEXIST", "ENOENT", "ESRCH", "EINVAL"),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "accept" } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("foreign-edit" as const),
      server: fc.constantFrom(...ours, ...theirs).chain(arbitraryServer),
      edit: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), duration: fc.constantFrom(0, 1_000, 60_000) }),
  },
);

test("the table ends as desired, others' services as others left them, and nothing right is ever touched", () => {
  fc.assert(
    fc.property(fc.array(deeds, { maxLength: 25 }), arbitraryModel, (history, last) => {
      const world = new World();
      for (const deed of history) world.do(deed);
      world.do({ kind: "accept" });
      expect(world.director.apply(last)).toEqual([]);
      // A push looks at what it changes; the look at everything follows within ten seconds.
      world.do({ kind: "wait", duration: 10_000 });
      expect(world.oursInKernel()).toEqual(comparable(desiredTable(last, verdicts(world.isUp))));
      expect(world.others()).toEqual(world.othersAsLeft);
      expect(world.needless).toEqual([]);
      world.director.asked();
      world.director.reconciler.reconcile();
      expect(world.director.asked()).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test("without another push, time alone brings the table to what the last accepted configuration and the verdicts want", () => {
  fc.assert(
    fc.property(arbitraryModel, fc.array(deeds, { maxLength: 25 }), (first, history) => {
      const world = new World();
      world.do({ kind: "push", model: first });
      for (const deed of history) if (deed.kind !== "restart") world.do(deed);
      world.do({ kind: "accept" });
      world.do({ kind: "wait", duration: 61_000 });
      const running = world.director.reconciler.running ?? balancer();
      expect(world.oursInKernel()).toEqual(comparable(desiredTable(running, verdicts(world.isUp))));
      expect(world.others()).toEqual(world.othersAsLeft);
      expect(world.needless).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

/** A director, somebody else with ipvsadm, and a kernel that has moods. */
class World {
  readonly director = new Director();
  readonly needless: string[] = [];
  othersAsLeft: unknown = {};
  readonly isUp = ({ name }: RealServerModel) => !this.director.down.has(name);
  /** The table as it is, behind the director's back. */
  readonly #look: () => Table;
  /** Services that somebody else edited since the director last saw the whole table: of these it cannot know what they need. */
  readonly #edited = new Set<string>();
  #isForeign = false;
  #sent = 0;

  constructor() {
    const { ipvs } = this.director;
    const apply = ipvs.apply.bind(ipvs);
    const observe = ipvs.observe.bind(ipvs);
    this.#look = () => tableOf(observe());
    ipvs.observe = () => {
      this.#edited.clear();
      return observe();
    };
    // Each operation is judged at its place in the sequence, when those before it were carried out.
    ipvs.apply = (operations) =>
      operations.flatMap((operation) => {
        this.#judge(operation);
        return [...apply([operation])];
      });
  }

  do(deed: Deed): void {
    const { director } = this;
    switch (deed.kind) {
      case "push":
        director.apply(deed.model);
        return;
      case "verdict":
        return this.#verdict(`${deed.server}:80`, deed.up);
      case "refuse":
        director.ipvs.behaviour = {
          ...director.ipvs.behaviour,
          refuse: () => (!this.#isForeign && ++this.#sent % deed.pattern === 0 ? deed.code : undefined),
        };
        return;
      case "accept":
        director.ipvs.behaviour = { ...director.ipvs.behaviour, refuse: () => undefined };
        return;
      case "foreign-edit":
        return this.#edit(deed.server, deed.edit);
      case "restart":
        director.restart();
        return;
      case "wait":
        director.clock.advance(seconds(deed.duration / 1000));
        return;
    }
  }

  oursInKernel(): unknown {
    return comparable(new Map([...this.#look()].filter(([key]) => isOurs(key))));
  }

  others(): unknown {
    return comparable(new Map([...this.#look()].filter(([key]) => !isOurs(key))));
  }

  #verdict(name: string, up: boolean): void {
    const { director } = this;
    if (up) director.down.delete(name);
    else director.down.add(name);
    for (const server of director.reconciler.running?.virtualServers ?? []) {
      const realServer = server.realServers.find((one) => one.name === name);
      if (realServer !== undefined) director.reconciler.verdictChanged(server, realServer);
    }
    director.clock.advance(seconds(0));
  }

  #judge(operation: IpvsOperation): void {
    if (this.#isForeign || this.#edited.has(serviceOf(operation))) return;
    if (isNeedless(operation, this.#look())) this.needless.push(operationText(operation));
  }

  /** Somebody else adds, empties, changes or removes a service. An address of ours is only edited while it is ours: a stranger's service
   * there would be a stranger's. */
  #edit(server: VirtualServerModel, edit: number): void {
    const { ipvs, owned } = this.director;
    const key = serviceKeyText(server.service.key);
    if (isOurs(key) && !owned.names().includes(key)) return;
    this.#edited.add(key);
    this.#isForeign = true;
    ipvs.apply(editOf(server, edit));
    this.#isForeign = false;
    ipvs.operations.splice(0);
    this.othersAsLeft = this.others();
  }
}

function editOf(server: VirtualServerModel, edit: number): IpvsOperation[] {
  const { key } = server.service;
  const destinations = [
    ...desiredTable(
      balancer(server),
      verdicts(() => true),
    ).values(),
  ].flatMap((entry) => [...entry.destinations]);
  if (edit === 0) return [{ kind: "remove-service", key }];
  if (edit === 1) return destinations.map((destination) => ({ kind: "remove-destination", key, destination }));
  if (edit === 2) return destinations.map((destination) => ({ kind: "update-destination", key, destination }));
  return [
    { kind: "add-service", service: server.service },
    { kind: "update-service", service: server.service },
    ...destinations.map((destination) => ({ kind: "add-destination" as const, key, destination })),
  ];
}

/** Whether the object is already as the operation would leave it. */
function isNeedless(operation: IpvsOperation, table: Table): boolean {
  if ("service" in operation) {
    const found = table.get(serviceKeyText(operation.service.key));
    return operation.kind === "update-service" && found !== undefined && sameService(found.service, operation.service);
  }
  if (operation.kind !== "update-destination") return false;
  const found = table
    .get(serviceKeyText(operation.key))
    ?.destinations.find((one) => sameKey(one, operation.destination));
  return found !== undefined && sameDestination(found, operation.destination);
}

function isOurs(key: string): boolean {
  return ours.some((address) => key.includes(address));
}

/** A table without order. */
function comparable(table: Table): unknown {
  return Object.fromEntries(
    [...table].map(([key, { service: settings, destinations }]) => [
      key,
      { settings, destinations: Object.fromEntries(destinations.map((one) => [destinationKeyText(one), one])) },
    ]),
  );
}
