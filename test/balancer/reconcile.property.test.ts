// Whatever happens to a director (pushes, verdicts, refusals, somebody else's hands on the table, restarts), in whatever order: once
// the kernel takes operations again, the table is as desired; services of others are as others left them; and no operation was ever
// asked for that the object did not need.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { sameDestination, sameKey, sameService } from "../../agent/balancer/core/compare.ts";
import { desiredTable } from "../../agent/balancer/core/desired.ts";
import { markRules } from "../../agent/balancer/core/mark-rules.ts";
import { serviceOf } from "../../agent/balancer/core/operation-text.ts";
import { type Table, tableOf } from "../../agent/balancer/core/table.ts";
import { KernelSettings } from "../../agent/balancer/kernel-settings.ts";
import { Marks } from "../../agent/balancer/marks.ts";
import { Timeouts } from "../../agent/balancer/timeouts.ts";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import type { BalancerModel, RealServerModel, SorryServerModel, VirtualServerModel } from "../../agent/config/model.ts";
import type { ReportEvent } from "../../agent/events/event.ts";
import { destinationKeyText, type IpvsOperation, serviceKeyText } from "../../agent/kernel/ipvs.ts";
import { type IpvsTimeouts, sameTimeouts } from "../../agent/kernel/ipvs-timeouts.ts";
import { MemoryIpvsTimeouts } from "../../agent/kernel/memory/ipvs-timeouts.ts";
import { MemoryPacketMarks } from "../../agent/kernel/memory/packet-marks.ts";
import { formatMarkRule, type MarkRule } from "../../agent/kernel/packet-marks.ts";
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

/** A virtual server of a mark, whose packets the agent marks itself. */
const markedServer = (mark: number): VirtualServerModel => ({
  ...virtualServer([], { ...service(), key: { kind: "mark", mark, family: "ipv4" } }),
  markedTraffic: [
    { addresses: { first: ip(`10.9.1.${mark}`), last: ip(`10.9.1.${mark}`) }, protocol: "tcp", ports: [] },
  ],
});

const arbitraryTimeouts = fc.option(
  fc.record(
    { tcp: fc.constantFrom(seconds(60), seconds(900)), udp: fc.constantFrom(seconds(10), seconds(300)) },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

const arbitraryModel: fc.Arbitrary<BalancerModel> = fc
  .tuple(
    fc.subarray(ours).chain((chosen) => fc.tuple(...chosen.map(arbitraryServer))),
    fc.subarray([71, 72]),
    arbitraryTimeouts,
  )
  .map(([chosen, marks, timeouts]) => ({
    ...balancer(...chosen, ...marks.map(markedServer)),
    ...(timeouts !== undefined && { ipvs: { timeouts } }),
  }));

type Deed =
  | { readonly kind: "push"; readonly model: BalancerModel }
  /** A configuration of which the virtual servers that do not change are the objects that run. */
  | { readonly kind: "push-some"; readonly changed: BalancerModel; readonly isWhole: boolean }
  | { readonly kind: "verdict"; readonly server: string; readonly up: boolean }
  | { readonly kind: "refuse"; readonly pattern: number; readonly code: string }
  | { readonly kind: "accept" }
  | { readonly kind: "foreign-edit"; readonly server: VirtualServerModel; readonly edit: number }
  | { readonly kind: "foreign-settings"; readonly timeouts: IpvsTimeouts | undefined }
  | { readonly kind: "restart" }
  | { readonly kind: "wait"; readonly duration: number };

const usualTimeouts: IpvsTimeouts = { tcp: seconds(900), tcpFin: seconds(120), udp: seconds(300) };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: arbitraryModel.map((model) => ({ kind: "push", model }) as const) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(arbitraryModel, fc.boolean())
      .map(([changed, isWhole]) => ({ kind: "push-some", changed, isWhole }) as const),
  },
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
  {
    weight: 2,
    arbitrary: fc
      .option(fc.constantFrom(seconds(60), seconds(777)), { nil: undefined })
      .map((tcp) => ({ kind: "foreign-settings", timeouts: tcp && { ...usualTimeouts, tcp } }) as const),
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
      expect(world.settings.found()).toEqual(world.settings.wanted(last));
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
      expect(world.settings.found()).toEqual(world.settings.wanted(running));
      expect(world.needless).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

/** What the kernel has besides the table, and the notes of it, which outlive each process. */
class Settings {
  readonly timeouts = new MemoryIpvsTimeouts();
  readonly marks = new MemoryPacketMarks();
  #former: IpvsTimeouts | undefined;
  #isMarked = false;

  /** `onNeedless`: something was written that was there already. */
  constructor(onNeedless: (what: string) => void) {
    const { timeouts, marks } = this;
    const [setTimeouts, setMarks] = [timeouts.write.bind(timeouts), marks.write.bind(marks)];
    timeouts.write = (wished) => {
      if (sameTimeouts(wished, timeouts.read())) onNeedless("timeouts");
      setTimeouts(wished);
    };
    marks.write = (rules) => {
      if (rules.length > 0 && textsOf(rules).join() === textsOf(marks.read()).join()) onNeedless("marks");
      setMarks(rules);
    };
  }

  readonly make = (report: ReportEvent): KernelSettings => {
    const former = {
      load: () => this.#former,
      save: (timeouts: IpvsTimeouts | undefined) => {
        this.#former = timeouts;
      },
    };
    const note = {
      load: () => this.#isMarked,
      save: (isThere: boolean) => {
        this.#isMarked = isThere;
      },
    };
    const timeouts = new Timeouts({ port: this.timeouts, former, report });
    const marks = new Marks({ port: this.marks, note, report });
    return new KernelSettings({ namespace: { name: undefined }, timeouts, marks });
  };

  /** Somebody else sets timeouts, or empties our table of marks. */
  edit(timeouts: IpvsTimeouts | undefined): void {
    if (timeouts === undefined) this.marks.write([]);
    else if (!sameTimeouts(timeouts, this.timeouts.read())) this.timeouts.write(timeouts);
  }

  found(): unknown {
    return { timeouts: this.timeouts.read(), marks: textsOf(this.marks.read()) };
  }

  /** What was there before ours is what somebody else has set, and stays theirs. */
  wanted(model: BalancerModel): unknown {
    const wished = model.ipvs?.timeouts;
    const timeouts = wished === undefined ? this.timeouts.read() : { ...(this.#former as IpvsTimeouts), ...wished };
    return { timeouts, marks: textsOf(markRules(model)) };
  }
}

function textsOf(rules: readonly (MarkRule | undefined)[] | undefined): string[] {
  return (rules ?? []).map((rule) => (rule === undefined ? "?" : formatMarkRule(rule)));
}

/** A director, somebody else with ipvsadm, and a kernel that has moods. */
class World {
  readonly needless: string[] = [];
  readonly settings = new Settings((what) => void this.needless.push(what));
  readonly director = new Director(this.settings.make);
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
      case "push-some":
        director.apply(laidOver(director.reconciler.running ?? balancer(), deed.changed, deed.isWhole));
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
      case "foreign-settings":
        return this.settings.edit(deed.timeouts);
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

/** What runs, with the changed ones in their places; those that it does not name stay unless it is whole. */
function laidOver(running: BalancerModel, changed: BalancerModel, isWhole: boolean): BalancerModel {
  const former = new Map(running.virtualServers.map((server) => [server.name, server]));
  const later = new Map(changed.virtualServers.map((server) => [server.name, server]));
  const kept = running.virtualServers.filter(({ name }) => !isWhole || later.has(name));
  // Every second one of those that are in both stays as it is.
  const stays = (server: VirtualServerModel, place: number) => !later.has(server.name) || place % 2 === 0;
  return {
    ...changed,
    virtualServers: [
      ...kept.map((server, place) => (stays(server, place) ? server : (later.get(server.name) ?? server))),
      ...changed.virtualServers.filter(({ name }) => !former.has(name)),
    ],
  };
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
  return key.startsWith("mark ") || ours.some((address) => key.includes(address));
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
