import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { idealConditions, partition } from "../../agent/kernel/memory/wire.ts";
import { eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

function segmentOf(...priorities: readonly number[]) {
  const segment = new Segment();
  for (const [index, priority] of priorities.entries()) segment.add(index + 1, vrrpModel(instanceModel({ priority })));
  for (const director of segment.directors) director.start();
  return segment;
}

describe("an election", () => {
  test("makes the highest priority master, and only it holds the address", () => {
    const segment = segmentOf(100, 150, 120);
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d2"]);
    expect(segment.directors.map((director) => director.held())).toEqual([[], [ip("10.9.0.100")], []]);
  });

  test("goes down the priorities as one master after the other dies", () => {
    const segment = segmentOf(100, 150, 120, 101, 200);
    const order: string[] = [];
    while (segment.directors.some(({ driver }) => driver !== undefined)) {
      segment.clock.advance(seconds(1));
      order.push(...segment.masters());
      for (const director of segment.directors) if (director.stateOf() === "master") director.kill();
    }
    expect(order).toEqual(["d5", "d2", "d3", "d4", "d1"]);
  });

  test("between equal priorities leaves the higher address when two masters meet", () => {
    const segment = new Segment();
    for (const number of [1, 2]) segment.add(number, vrrpModel(instanceModel())).start();
    segment.wire.conditions = { ...idealConditions, ...partition([["d1"], ["d2"]]) };
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d1", "d2"]);
    segment.wire.conditions = idealConditions;
    segment.clock.advance(milliseconds(200));
    expect(segment.masters()).toEqual(["d2"]);
  });

  test("between two address owners ends, and the other takes over when that one dies", () => {
    const segment = segmentOf(255, 255);
    segment.clock.advance(milliseconds(200));
    expect(segment.masters()).toEqual(["d2"]);
    segment.directors[1]?.kill();
    segment.clock.advance(milliseconds(400));
    expect(segment.masters()).toEqual(["d1"]);
  });

  test("does not disturb a lower master when the better one does not preempt", () => {
    const segment = new Segment();
    const lower = segment.add(1, vrrpModel(instanceModel({ priority: 50 }))).start();
    segment.clock.advance(seconds(1));
    segment.add(2, vrrpModel(instanceModel({ priority: 150, preempt: false }))).start();
    segment.clock.advance(seconds(2));
    expect(segment.masters()).toEqual([lower.name]);
  });

  test("waits for the preempt delay before it takes over from a lower master", () => {
    const segment = new Segment();
    segment.add(1, vrrpModel(instanceModel({ priority: 50 }))).start();
    segment.clock.advance(seconds(1));
    const better = segment.add(2, vrrpModel(instanceModel({ priority: 150, preemptDelay: seconds(3) }))).start();
    segment.clock.advance(seconds(3));
    expect(segment.masters()).toEqual(["d1"]);
    segment.clock.advance(milliseconds(500));
    expect(segment.masters()).toEqual([better.name]);
  });
});

describe("a master that leaves", () => {
  test("is followed after the skew time only, and has removed its address", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const [backup, master] = segment.directors;
    master?.stop();
    expect(master?.held()).toEqual([]);
    segment.clock.advance(milliseconds(62));
    expect(backup?.stateOf()).toBe("master");
  });

  test("because its cable was pulled gives up its address, and gets it back with the cable", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const master = segment.directors[1];
    master?.links.setLink(eth0, { running: false });
    segment.clock.advance(seconds(1));
    expect(master?.driver?.state()[0]).toMatchObject({
      state: "fault",
      reason: 'interface "eth0" is down or has no carrier: bring it up (ip link set eth0 up) or check its cable',
    });
    expect([segment.masters(), master?.held()]).toEqual([["d1"], []]);
    master?.links.setLink(eth0, { running: true });
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d2"]);
  });

  test("was killed, and the kernel removes its address when the lease ends", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    master?.kill();
    segment.clock.advance(seconds(9));
    segment.clock.advance(seconds(1));
    expect(master?.held()).toEqual([]);
  });
});

describe("a process that comes back", () => {
  test("within the master down interval goes on as master, and nobody has noticed", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const master = segment.directors[1];
    master?.kill();
    segment.clock.advance(milliseconds(150));
    if (master !== undefined) master.events.length = 0;
    master?.start();
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d2"]);
    expect(
      segment.directors[0]?.events.filter((event) => event.kind === "vrrp-state-changed" && event.to === "master"),
    ).toEqual([]);
    expect(master?.events.filter(({ kind }) => kind === "address-changed")).toEqual([]);
  });

  test("renews the addresses at once: their lease went on while nobody renewed it", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel({ advertisementInterval: seconds(3) }))).start();
    segment.clock.advance(seconds(15));
    director.kill();
    segment.clock.advance(seconds(6));
    director.start();
    director.events.length = 0;
    segment.clock.advance(seconds(5));
    expect([director.stateOf(), director.held(), director.events]).toEqual(["master", [ip("10.9.0.100")], []]);
  });

  test("later than that removes the address first and starts as backup", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const [other, master] = segment.directors;
    master?.kill();
    segment.clock.advance(seconds(1));
    expect([other?.stateOf(), master?.held()]).toEqual(["master", [ip("10.9.0.100")]]);
    master?.start();
    expect([master?.stateOf(), master?.held()]).toEqual(["backup", []]);
  });

  test("removes the addresses that it held and is not configured for any more", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    master?.kill();
    const other = { address: ip("10.9.0.200"), prefixLength: 24, interface: "eth0" };
    if (master !== undefined) master.model = vrrpModel(instanceModel({ priority: 150, virtualAddresses: [other] }));
    master?.start();
    expect([master?.links.has(ip("10.9.0.100")), master?.links.has(ip("10.9.0.200"))]).toEqual([false, true]);
  });

  test("stopped for longer than the master down interval steps down before anything else", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const master = segment.directors[1];
    master?.gate?.pause();
    segment.clock.advance(seconds(2));
    master?.gate?.resume(() => 0);
    expect([master?.stateOf(), master?.held()]).toEqual(["backup", []]);
    expect(master?.driver?.state()[0]?.reason).toContain("could not advertise for 2.");
  });
});

describe("an address of a master", () => {
  test("that somebody removes is put back at once", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    if (master !== undefined) master.events.length = 0;
    master?.links.disturb({ linkIndex: eth0, address: ip("10.9.0.100"), prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    const about = {
      kind: "address-changed",
      instance: "web",
      interface: "eth0",
      address: "10.9.0.100",
      prefixLength: 24,
    };
    expect([master?.stateOf(), master?.held() as string[] | undefined]).toEqual(["master", ["10.9.0.100"]]);
    expect(master?.events as unknown[]).toEqual([
      { ...about, change: "lost" },
      { ...about, change: "added" },
    ]);
  });

  test("stays for as long as it is renewed", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(60));
    const [master] = segment.directors;
    expect(master?.held()).toEqual([ip("10.9.0.100")]);
    expect(master?.events.filter((event) => event.kind === "address-changed").map(({ change }) => change)).toEqual([
      "added",
    ]);
  });

  test("that somebody adds to a backup is removed", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const backup = segment.directors[0];
    backup?.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.100"), prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    expect(backup?.held()).toEqual([]);
  });
});

describe("a changed configuration", () => {
  const address = (text: string) => ({ address: ip(text), prefixLength: 24, interface: "eth0" });

  test("adds and removes only the addresses that differ, and keeps mastership", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    if (master !== undefined) master.events.length = 0;
    const virtualAddresses = [address("10.9.0.100"), address("10.9.0.101")];
    master?.configure(vrrpModel(instanceModel({ priority: 150, virtualAddresses })));
    expect(master?.held()).toEqual([ip("10.9.0.100"), ip("10.9.0.101")]);
    master?.configure(vrrpModel(instanceModel({ priority: 150, virtualAddresses: [address("10.9.0.101")] })));
    expect(
      master?.events.map((event) => (event.kind === "address-changed" ? [event.change, event.address] : event)),
    ).toEqual([
      ["added", ip("10.9.0.101")],
      ["removed", ip("10.9.0.100")],
    ]);
  });

  test("moves an address between two masters without taking it off the interface, in either order", () => {
    for (const names of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const segment = new Segment();
      const models = (first: string, second: string) =>
        vrrpModel(
          instanceModel({ name: names[0], virtualRouterId: 1, virtualAddresses: [address(first)] }),
          instanceModel({ name: names[1], virtualRouterId: 2, virtualAddresses: [address(second)] }),
        );
      const director = segment.add(1, models("10.9.0.100", "10.9.0.101")).start();
      segment.clock.advance(seconds(1));
      director.configure(models("10.9.0.101", "10.9.0.100"));
      expect([director.held(), director.stateOf("a"), director.stateOf("b")]).toEqual([
        [ip("10.9.0.101"), ip("10.9.0.100")],
        "master",
        "master",
      ]);
      segment.clock.advance(seconds(1));
      expect(director.held()).toEqual([ip("10.9.0.101"), ip("10.9.0.100")]);
    }
  });

  test("that takes an address and the source away leaves nothing behind", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    const virtualAddresses = [address("10.9.0.101")];
    master?.configure(vrrpModel(instanceModel({ priority: 150, virtualAddresses, sourceAddress: ip("10.9.0.77") })));
    segment.clock.advance(seconds(20));
    expect([master?.stateOf(), master?.links.addresses().map((one) => one.address)]).toEqual([
      "fault",
      [ip("10.9.0.1")],
    ]);
  });

  test("that comes to a master that is late by then leaves nothing behind", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    master?.gate?.pause();
    segment.clock.advance(seconds(1));
    const virtualAddresses = [address("10.9.0.101")];
    master?.driver?.configure(vrrpModel(instanceModel({ priority: 150, virtualAddresses })));
    expect([master?.stateOf(), master?.links.addresses().map((one) => one.address)]).toEqual([
      "backup",
      [ip("10.9.0.1")],
    ]);
  });

  test("of a prefix length never takes the address off the interface", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const [master] = segment.directors;
    const virtualAddresses = [{ address: ip("10.9.0.100"), prefixLength: 32, interface: "eth0" }];
    master?.configure(vrrpModel(instanceModel({ priority: 150, virtualAddresses })));
    const changes = master?.events.flatMap((event) => (event.kind === "address-changed" ? [event] : []));
    expect(changes?.map(({ change, prefixLength }) => `${change} /${prefixLength}`)).toEqual([
      "added /24",
      "added /32",
      "removed /24",
    ]);
  });

  test("with a much shorter interval does not make a master late by it", () => {
    const segment = new Segment();
    const slow = instanceModel({ advertisementInterval: seconds(10) });
    const director = segment.add(1, vrrpModel(slow)).start();
    segment.clock.advance(seconds(39));
    expect(director.stateOf()).toBe("master");
    director.configure(vrrpModel({ ...slow, advertisementInterval: milliseconds(10) }));
    segment.clock.advance(seconds(1));
    expect(director.driver?.state()[0]?.counters).toMatchObject({ becameMaster: 1, releasedMaster: 0 });
  });

  test("with another group sends to that group from now on", () => {
    const segment = segmentOf(150);
    segment.clock.advance(seconds(1));
    const groups = new Set<string>();
    segment.directors[0]?.configure(vrrpModel(instanceModel({ priority: 150, multicastGroup: ip("224.0.0.99") })));
    segment.wire.watch((one) => one.kind === "datagram" && groups.add(one.datagram.destination));
    segment.clock.advance(seconds(1));
    expect([...groups, segment.directors[0]?.stateOf()]).toEqual(["224.0.0.99", "master"]);
  });

  test("that removes an instance says priority 0 and removes its address", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    segment.directors[1]?.configure(vrrpModel());
    segment.clock.advance(milliseconds(62));
    expect([segment.masters(), segment.directors[1]?.links.has(ip("10.9.0.100"))]).toEqual([["d1"], false]);
  });

  test("that is the same sends nothing", () => {
    const segment = segmentOf(150);
    segment.clock.advance(milliseconds(1050));
    let sent = 0;
    segment.wire.watch(() => {
      sent += 1;
    });
    segment.directors[0]?.configure(vrrpModel(instanceModel({ priority: 150 })));
    expect(sent).toBe(0);
  });
});

test("an instance whose interface appears later starts by itself", () => {
  const segment = new Segment();
  const director = segment.add(1, vrrpModel(instanceModel()));
  director.links.removeLink(eth0);
  director.start();
  expect(director.driver?.state()[0]).toMatchObject({
    state: "fault",
    reason: 'interface "eth0" does not exist: create it or configure another one',
  });
  director.links.setLink(eth0, { name: "eth0" });
  segment.clock.advance(milliseconds(0));
  expect(director.driver?.state()[0]?.reason).toBe(
    'interface "eth0" has no IPv4 address to send advertisements from: add one or configure a source address',
  );
  director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.1"), prefixLength: 24 });
  segment.clock.advance(seconds(1));
  expect(director.stateOf()).toBe("master");
});

describe("an instance explains", () => {
  test("by which row and packet it came into its state, what others have said, and what comes next", () => {
    const segment = segmentOf(100, 150);
    segment.clock.advance(seconds(1));
    const [backup] = segment.directors;
    segment.add(3, vrrpModel(instanceModel({ priority: 200 }))).start();
    segment.clock.advance(seconds(1));
    const explanation = (number: number) => segment.directors[number]?.driver?.state()[0]?.explanation;
    const wall = segment.clock.wall();
    expect(explanation(1)).toMatchObject({
      row: "master: higher priority heard",
      packet: { address: ip("10.9.0.3"), priority: 200, intervalMs: 100 },
      peers: [{ address: ip("10.9.0.3"), priority: 200 }],
    });
    expect(explanation(0)?.peers.map(({ priority }) => priority)).toEqual([150, 200]);
    expect(explanation(0)?.masterAt).toBe(explanation(0)?.deadlines[0]?.at);
    const soon = explanation(0)?.masterAt ?? 0;
    segment.directors[2]?.kill();
    segment.directors[1]?.kill();
    segment.clock.advance(milliseconds(soon - wall - 1));
    expect(backup?.stateOf()).toBe("backup");
    segment.clock.advance(milliseconds(2));
    expect(backup?.stateOf()).toBe("master");
    expect(explanation(0)).toMatchObject({ row: "backup: master down deadline" });
    expect(explanation(0)?.packet).toBeUndefined();
  });
});
