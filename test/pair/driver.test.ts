// What the driver does around the elections: sockets, refusals, failures, many instances.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { after, type Instant, instant, milliseconds, seconds } from "../../agent/base/duration.ts";
import { OperationError } from "../../agent/base/errors.ts";
import { silentLog } from "../../agent/base/log.ts";
import type { Event } from "../../agent/events/event.ts";
import type { Traffic } from "../../agent/kernel/memory/wire.ts";
import type { VrrpSocketPort } from "../../agent/kernel/vrrp-socket.ts";
import { encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { VrrpDriver } from "../../agent/vrrp/driver.ts";
import { noMemory } from "../../agent/vrrp/resuming/resume-memory.ts";
import { usualGratuitousArp } from "../support/vrrp-defaults.ts";
import { eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

const group = ip("224.0.0.18");

function alone(other: Parameters<typeof instanceModel>[0] = {}) {
  const segment = new Segment();
  const traffic: Traffic[] = [];
  segment.wire.watch((one) => traffic.push(one));
  const director = segment.add(1, vrrpModel(instanceModel(other))).start();
  segment.clock.advance(seconds(1));
  return { segment, director, traffic };
}

function stranger(virtualRouterId: number, priority = 200) {
  const envelope = { source: ip("10.9.0.66"), destination: group };
  const advertisement = {
    version: 3,
    virtualRouterId,
    priority,
    interval: milliseconds(100),
    addresses: [ip("10.9.0.100")],
  } as const;
  return { ...envelope, payload: encodeAdvertisement(advertisement, envelope, true) };
}

test("an advertisement leaves before whatever else is due in the same turn", () => {
  const { segment, director } = alone();
  const happened: string[] = [];
  let saidAt = segment.clock.now();
  segment.wire.watch(() => {
    happened.push("said");
    saidAt = segment.clock.now();
  });
  segment.clock.advance(milliseconds(150));
  const addresses = director.links.addresses.bind(director.links);
  director.links.addresses = () => {
    happened.push("looked");
    return addresses();
  };
  // Nearly due: it leaves together with the look at the addresses that lost changes ask for.
  segment.clock.advanceTo(instant(saidAt + 100 - 0.4));
  happened.length = 0;
  director.links.overrun();
  segment.clock.advance(milliseconds(0.1));
  expect(happened).toEqual(["said", "looked"]);
});

describe("what is heard", () => {
  test("and breaks a rule is counted each time, reported once, and moves nothing", () => {
    const { segment, director } = alone();
    director.events.length = 0;
    for (let count = 0; count < 3; count += 1) segment.wire.inject("stranger", "ipv4", stranger(51), 64);
    segment.clock.advance(milliseconds(1));
    expect(director.driver?.state()[0]).toMatchObject({
      state: "master",
      counters: { refused: { "time-to-live is not 255": 3 }, advertisementsReceived: 0 },
    });
    expect(director.events as unknown[]).toEqual([
      { kind: "advertisement-refused", instance: "web", source: "10.9.0.66", rule: "time-to-live is not 255" },
    ]);
  });

  test("is reported anew after the state has changed", () => {
    const { segment, director } = alone();
    segment.wire.inject("stranger", "ipv4", stranger(51), 64);
    segment.wire.inject("stranger", "ipv4", stranger(51));
    segment.clock.advance(milliseconds(1));
    segment.wire.inject("stranger", "ipv4", stranger(51), 64);
    segment.clock.advance(milliseconds(1));
    expect(director.events.filter(({ kind }) => kind === "advertisement-refused").length).toBe(2);
  });

  test("for a virtual router that is not configured is counted and otherwise ignored", () => {
    const { segment, director } = alone();
    segment.wire.inject("stranger", "ipv4", stranger(52));
    segment.wire.inject("stranger", "ipv4", { ...stranger(52), payload: new Uint8Array(1) });
    segment.clock.advance(milliseconds(1));
    expect([director.driver?.unknownVirtualRouters(), director.stateOf()]).toEqual([2, "master"]);
  });
});

describe("what is done", () => {
  test("to become master: one advertisement, then the address, then five announcements, and five more after the delay", () => {
    const { segment, traffic } = alone({
      gratuitousArp: usualGratuitousArp(5, seconds(2)),
    });
    expect(traffic.slice(0, 7).map(({ kind }) => kind)).toEqual([
      "datagram",
      "frame",
      "frame",
      "frame",
      "frame",
      "frame",
      "datagram",
    ]);
    segment.clock.advance(seconds(2));
    expect(traffic.filter(({ kind }) => kind === "frame").length).toBe(10);
  });

  test("to stop: priority 0 leaves while the address is still there, and then it goes", () => {
    const { segment, director } = alone();
    let heldWhenSent: unknown;
    segment.wire.watch((one) => {
      if (one.kind === "datagram" && one.datagram.payload[2] === 0) heldWhenSent = director.held();
    });
    director.stop();
    expect([heldWhenSent, director.held()]).toEqual([[ip("10.9.0.100")], []]);
  });

  test("to hand over: nothing is sent and nothing is removed", () => {
    const { director, traffic } = alone();
    traffic.length = 0;
    director.driver?.handOver();
    expect([traffic, director.held()]).toEqual([[], [ip("10.9.0.100")]]);
    expect(
      director.memory.load()?.map(({ name, state, addresses }) => ({ name, state, addresses: addresses.length })),
    ).toEqual([{ name: "web", state: "master", addresses: 1 }]);
  });

  test("to keep at a stop: the address stays, and ends with its lease when nobody comes back", () => {
    const { segment, director } = alone();
    director.driver?.stop({ keep: true });
    expect(director.held()).toEqual([ip("10.9.0.100")]);
    segment.clock.advance(seconds(11));
    expect(director.held()).toEqual([]);
  });

  test("for the owner of an address that the kernel has for ever: it is neither put nor removed", () => {
    const segment = new Segment();
    const own = { address: ip("10.9.0.1"), prefixLength: 24, interface: "eth0" };
    const director = segment.add(1, vrrpModel(instanceModel({ priority: 255, virtualAddresses: [own] }))).start();
    segment.clock.advance(seconds(30));
    expect([director.stateOf(), director.links.addresses()[0]?.validFor]).toEqual(["master", undefined]);
    director.stop();
    expect(director.held()).toEqual([ip("10.9.0.1")]);
  });

  test("over IPv6: advertisements come from the link-local address, the address is announced to all nodes", () => {
    const segment = new Segment();
    const traffic: Traffic[] = [];
    segment.wire.watch((one) => traffic.push(one));
    const address = { address: ip("2001:db8::100"), prefixLength: 64, interface: "eth0" };
    const model = instanceModel({ family: "ipv6", multicastGroup: ip("ff02::12"), virtualAddresses: [address] });
    const director = segment.add(1, vrrpModel(model));
    director.start();
    expect(director.driver?.state()[0]?.reason).toContain("no link-local IPv6 address");
    director.links.putAddress({ linkIndex: eth0, address: ip("fe80::1"), prefixLength: 64 });
    segment.clock.advance(seconds(1));
    const [first, second] = traffic;
    expect([director.stateOf(), director.held()]).toEqual(["master", [ip("2001:db8::100")]]);
    expect(first?.kind === "datagram" && first.datagram.source).toBe(ip("fe80::1"));
    expect(second?.kind === "frame" && second.frame.slice(0, 14).toHex()).toBe("33330000000102000000000286dd");
  });
});

test("both families of one virtual router id run side by side on an interface", () => {
  const segment = new Segment();
  const six = instanceModel({
    name: "six",
    family: "ipv6",
    multicastGroup: ip("ff02::12"),
    virtualAddresses: [{ address: ip("fe80::100"), prefixLength: 64, interface: "eth0" }],
  });
  const directors = [1, 2].map((number) =>
    segment.add(number, vrrpModel(instanceModel({ priority: 100 + number }), { ...six, priority: 200 - number })),
  );
  for (const [index, director] of directors.entries()) {
    director.links.putAddress({ linkIndex: eth0, address: ip(`fe80::${index + 1}`), prefixLength: 64 });
    director.start();
  }
  segment.clock.advance(seconds(2));
  expect(directors.map((director) => [director.stateOf("web"), director.stateOf("six")])).toEqual([
    ["backup", "master"],
    ["master", "backup"],
  ]);
  expect(directors.map((director) => director.held())).toEqual([[ip("fe80::100")], [ip("10.9.0.100")]]);
});

test("a virtual IPv6 address that the kernel has found to be a duplicate is put again, without detection", () => {
  const segment = new Segment();
  const address = { address: ip("fe80::100"), prefixLength: 64, interface: "eth0" };
  const director = segment.add(
    1,
    vrrpModel(instanceModel({ family: "ipv6", multicastGroup: ip("ff02::12"), virtualAddresses: [address] })),
  );
  director.links.putAddress({ linkIndex: eth0, address: ip("fe80::1"), prefixLength: 64 });
  director.start();
  segment.clock.advance(seconds(1));
  director.links.failDetection({ linkIndex: eth0, address: address.address, prefixLength: 64 });
  segment.clock.advance(milliseconds(10));
  const found = director.links.addresses().find((one) => one.address === address.address);
  expect([director.stateOf(), found?.duplicate]).toEqual(["master", false]);
  expect(director.events.filter(({ kind }) => kind === "address-changed")).toMatchObject([
    { change: "added" },
    { change: "lost" },
    { change: "added" },
  ]);
});

describe("what the kernel refuses", () => {
  test("of the addresses is what configure gives back, and is tried again with the next renewal", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel());
    director.links.refuse = (call) => (call === "put address" ? "ENOBUFS" : undefined);
    director.start();
    const failures = director.driver?.configure(vrrpModel(instanceModel({ priority: 255 })));
    expect(failures?.map(({ operation, cause }) => [operation, cause.code])).toEqual([["put address", "ENOBUFS"]]);
    director.links.refuse = () => undefined;
    segment.clock.advance(seconds(4));
    expect(director.links.has(ip("10.9.0.100"))).toBe(true);
  });

  test("of the list of interfaces keeps what was known, and is asked for again", () => {
    const { segment, director } = alone();
    director.links.refuse = (call) => (call === "list addresses" ? "ENOBUFS" : undefined);
    director.links.overrun();
    director.links.disturb({ linkIndex: eth0, address: ip("10.9.0.100"), prefixLength: 24 });
    segment.clock.advance(milliseconds(500));
    expect([director.stateOf(), director.held()]).toEqual(["master", []]);
    director.links.refuse = () => undefined;
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), director.held()]).toEqual(["master", [ip("10.9.0.100")]]);
  });

  test("at the start of the list of interfaces is a failure, and the instance starts when it comes", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel({ priority: 255 })));
    director.links.refuse = (call) => (call === "list links" ? "ENOBUFS" : undefined);
    director.start();
    expect(director.stateOf()).toBe("fault");
    director.links.refuse = () => undefined;
    segment.clock.advance(seconds(1));
    expect(director.stateOf()).toBe("master");
  });

  test("of a socket is state fault with a sentence, and is tried again", () => {
    const { driver, clock, sockets } = withFakeSockets();
    sockets.refuse = "EPERM";
    const failures = driver.configure(vrrpModel(instanceModel()));
    expect(failures.map(({ cause }) => cause.code)).toEqual(["EPERM"]);
    expect(driver.state()[0]?.reason).toContain("CAP_NET_RAW");
    sockets.refuse = undefined;
    clock.advance(seconds(2));
    expect(driver.state()[0]?.state).toBe("master");
  });

  test("of advertisements is counted, and ends mastership when it lasts as long as a master down interval", () => {
    const { driver, clock, sockets } = withFakeSockets();
    driver.configure(vrrpModel(instanceModel()));
    clock.advance(milliseconds(400));
    sockets.refuse = "ENOBUFS";
    clock.advance(milliseconds(600));
    const [view] = driver.state();
    expect(view?.counters.failed?.["advertisement-not-sent"]).toBeGreaterThan(2);
    expect(view?.counters.releasedMaster).toBe(1);
    expect(view?.reason).toContain("could not advertise");
  });

  test("from the first on keeps an instance from taking the addresses, for as long as it lasts", () => {
    const { driver, clock, links, sockets, events } = withFakeSockets();
    sockets.refuseFor = instanceModel().virtualRouterId;
    driver.configure(vrrpModel(instanceModel()));
    clock.advance(seconds(10));
    const [view] = driver.state();
    expect(view).toMatchObject({ state: "backup", counters: { becameMaster: 0, announcementsSent: 0 } });
    expect(view?.counters.failed?.["advertisement-not-sent"]).toBeGreaterThan(5);
    expect(events.filter(({ kind }) => kind === "address-changed")).toEqual([]);
    sockets.refuseFor = undefined;
    clock.advance(seconds(2));
    expect(driver.state()[0]?.state).toBe("master");
    expect(links.addresses().map(({ address }) => address)).toContain(ip("10.9.0.100"));
  });

  test("of one member keeps the whole sync group from being master", () => {
    const { driver, clock, links, sockets } = withFakeSockets();
    const mail = { address: ip("10.9.0.101"), prefixLength: 24, interface: "eth0" };
    const members = [
      instanceModel({ name: "web" }),
      instanceModel({ name: "mail", virtualRouterId: 52, virtualAddresses: [mail] }),
    ];
    sockets.refuseFor = 52;
    driver.configure({ ...vrrpModel(...members), syncGroups: [{ name: "all", members: ["web", "mail"] }] });
    clock.advance(seconds(20));
    const virtual = [mail, ...instanceModel().virtualAddresses].map(({ address }) => address);
    expect(driver.state().map(({ state }) => state)).toEqual(["backup", "backup"]);
    expect(driver.state().every(({ counters }) => counters.becameMaster <= 1)).toBe(true);
    expect(links.addresses().filter(({ address }) => virtual.includes(address))).toEqual([]);
    sockets.refuseFor = undefined;
    clock.advance(seconds(3));
    expect(driver.state().map(({ state }) => state)).toEqual(["master", "master"]);
  });

  test("of one among many does not keep the others from leaving", () => {
    const { driver, clock, sockets } = withFakeSockets();
    const instances = [1, 2, 3].map((number) => manyModel(number));
    sockets.refuseFor = 3;
    driver.configure(vrrpModel(...instances));
    clock.advance(seconds(1));
    expect(driver.state().map(({ counters }) => counters.advertisementsSent > 5)).toEqual([true, false, true]);
    expect(sockets.sent).toBe(driver.state().reduce((sum, { counters }) => sum + counters.advertisementsSent, 0));
  });
});

test("an interface that is removed and comes back gets a new socket and is announced on anew", () => {
  const { driver, clock, links, sockets } = withFakeSockets();
  driver.configure(vrrpModel(instanceModel()));
  clock.advance(seconds(1));
  links.removeLink(eth0);
  clock.advance(seconds(1));
  expect([driver.state()[0]?.state, sockets.opened, sockets.closed]).toEqual(["fault", 2, 2]);
  links.setLink(eth0, { name: "eth0" });
  links.putAddress({ linkIndex: eth0, address: ip("10.9.0.1"), prefixLength: 24 });
  clock.advance(seconds(1));
  expect([driver.state()[0]?.state, sockets.opened, sockets.closed]).toEqual(["master", 4, 2]);
});

describe("two thousand instances", () => {
  test("that are added to a master of a short interval do not make it late, however long that takes", () => {
    const { driver, clock, sockets, events } = withFakeSockets(8);
    const quick = { ...manyModel(0), advertisementInterval: milliseconds(10) };
    driver.configure(vrrpModel(quick));
    clock.advance(seconds(1));
    const sentBefore = driver.state()[0]?.counters.advertisementsSent ?? 0;
    sockets.sendTakes = milliseconds(1);
    driver.configure(
      vrrpModel(quick, ...Array.from({ length: 500 }, (_, index) => ({ ...manyModel(index + 1), priority: 255 }))),
    );
    sockets.sendTakes = milliseconds(0);
    const [view] = driver.state();
    expect(view?.counters.advertisementsSent).toBeGreaterThanOrEqual(sentBefore + 50);
    clock.advance(seconds(1));
    expect(events.filter((event) => event.kind === "vrrp-state-changed" && event.from === "master")).toEqual([]);
  });

  test("share a timer, and those that are due together leave in one call", () => {
    const { driver, clock, sockets } = withFakeSockets(8);
    driver.configure(vrrpModel(...Array.from({ length: 2000 }, (_, index) => manyModel(index))));
    clock.advance(seconds(1));
    expect(driver.state().every(({ state }) => state === "master")).toBe(true);
    sockets.calls = 0;
    sockets.sent = 0;
    clock.advance(seconds(1));
    expect([sockets.sent, sockets.calls]).toEqual([20_000, 80]);
  });

  test("that are configured again unchanged are not touched", () => {
    const { driver, clock, sockets } = withFakeSockets(8);
    const model = () => vrrpModel(...Array.from({ length: 2000 }, (_, index) => manyModel(index)));
    driver.configure(model());
    clock.advance(milliseconds(1050));
    sockets.sent = 0;
    expect([driver.configure(model()), sockets.sent]).toEqual([[], 0]);
  });
});

test("the lateness of the timer is told once", () => {
  const { segment, director } = alone();
  expect(director.driver?.maxLateness()).toBe(milliseconds(0));
  director.gate?.pause();
  segment.clock.advance(milliseconds(150));
  director.gate?.resume(() => 0);
  const late = director.driver?.maxLateness() ?? 0;
  expect(late).toBeGreaterThan(50);
  expect(director.driver?.maxLateness()).toBe(milliseconds(0));
});

/** One of many instances: its own VRID, interface and address. */
function manyModel(index: number) {
  const name = `eth${Math.floor(index / 250)}`;
  return instanceModel({
    name: `i${index}`,
    interface: name,
    virtualRouterId: (index % 250) + 1,
    gratuitousArp: usualGratuitousArp(1),
    virtualAddresses: [{ address: ip(`10.20.${index >> 8}.${index & 255}`), prefixLength: 32, interface: name }],
  });
}

class FakeSockets implements VrrpSocketPort {
  refuse: string | undefined;
  /** The VRID whose advertisements are refused. */
  refuseFor: number | undefined;
  calls = 0;
  sent = 0;
  /** How long each call lasts, and all of them until now. */
  sendTakes = milliseconds(0);
  taken = milliseconds(0);
  /** Sockets of both kinds. */
  opened = 0;
  closed = 0;

  /** A frame socket that takes everything. */
  openFrames() {
    this.opened += 1;
    return { send: () => {}, close: () => this.countClosed() };
  }

  countClosed(): void {
    this.closed += 1;
  }

  open() {
    if (this.refuse !== undefined) throw refusal(this.refuse);
    this.opened += 1;
    return {
      send: (datagrams: readonly { readonly payload: Uint8Array }[]) => {
        if (this.refuse !== undefined) throw refusal(this.refuse);
        const refused = datagrams.findIndex(({ payload }) => payload[1] === this.refuseFor);
        if (refused === 0) throw refusal("EPERM");
        const left = refused < 0 ? datagrams.length : refused;
        this.calls += 1;
        this.sent += left;
        this.taken = milliseconds(this.taken + this.sendTakes);
        return left;
      },
      close: () => this.countClosed(),
    };
  }
}

function withFakeSockets(links = 1) {
  const segment = new Segment();
  const director = segment.add(1, vrrpModel());
  for (let index = 0; index < links; index += 1) {
    director.links.setLink(10 + index, { name: index === 0 && links === 1 ? "eth9" : `eth${index}` });
    director.links.putAddress({ linkIndex: 10 + index, address: ip(`10.9.${index}.1`), prefixLength: 24 });
  }
  director.links.setLink(eth0, { name: links === 1 ? "eth0" : "other" });
  const sockets = new FakeSockets();
  const events: Event[] = [];
  const driver = new VrrpDriver({
    clock: {
      now: () => after(segment.clock.now(), sockets.taken),
      wall: () => segment.clock.wall(),
      sinceBoot: () => segment.clock.sinceBoot(),
    },
    createTimer: (onDeadline) => {
      const timer = segment.clock.createTimer(onDeadline);
      const arm = (at: Instant | undefined) => timer.arm(at && after(at, milliseconds(-sockets.taken)));
      return { arm, close: () => timer.close() };
    },
    links: director.links,
    vrrpSockets: sockets,
    frames: { open: () => sockets.openFrames() },
    neighbourWatches: { open: () => ({ setSenders: () => {}, close: () => {} }) },
    report: (event) => events.push(event),
    log: silentLog,
    memory: noMemory,
  });
  return { driver, clock: segment.clock, links: director.links, sockets, events };
}

function refusal(code: string): OperationError {
  return new OperationError({ operation: "send", object: "advertisement", cause: { code } });
}
