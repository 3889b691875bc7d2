// Where virtual addresses lie, whatever happens to the process, the configuration, the interface or the kernel's good will.

import { describe, expect, test } from "bun:test";
import { type IpAddress, ip } from "../../agent/base/address.ts";
import { instant, milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import type { Traffic } from "../../agent/kernel/memory/wire.ts";
import { usualGeneral, usualGratuitousArp } from "../support/vrrp-defaults.ts";
import { type Director, eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

const vip = ip("10.9.0.100");
const address = (text: string, prefixLength = 24, link = "eth0") => ({
  address: ip(text),
  prefixLength,
  interface: link,
});

function master(other: Partial<VrrpInstanceModel> = {}, lease = seconds(10)) {
  const segment = new Segment();
  const director = segment
    .add(1, { addressLease: lease, general: usualGeneral, instances: [instanceModel(other)] })
    .start();
  segment.clock.advance(seconds(1));
  expect(director.stateOf()).toBe("master");
  return { segment, director };
}

/** A director that hears a better master on the segment. */
function backup(other: Partial<VrrpInstanceModel> = {}, lease = seconds(10)) {
  const segment = new Segment();
  segment.add(2, vrrpModel(instanceModel({ priority: 200, virtualAddresses: [address("10.9.0.100")] }))).start();
  segment.clock.advance(seconds(1));
  const director = segment.add(1, { addressLease: lease, general: usualGeneral, instances: [instanceModel(other)] });
  return { segment, director };
}

/** What is on the director's interfaces, as "ADDRESS/LENGTH link INDEX", but for its own address. */
function lying(director: Director): string[] {
  return director.links
    .addresses()
    .filter((one) => one.address !== director.address)
    .map((one) => `${one.address}/${one.prefixLength} link ${one.linkIndex}`);
}

/** The addresses that are taken off the director's interfaces from now on. */
function removals(director: Director): IpAddress[] {
  const removed: IpAddress[] = [];
  director.links.watch((change) => change.kind === "address-removed" && removed.push(change.address));
  return removed;
}

function changes(director: Director): string[] {
  return director.events.flatMap((event) => (event.kind === "address-changed" ? [event.change] : []));
}

describe("a backup", () => {
  test("removes what a crash or keepalived has left: its address, for ever or with another prefix length", () => {
    const { segment, director } = backup();
    director.links.putAddress({ linkIndex: eth0, address: vip, prefixLength: 24 });
    director.links.putAddress({ linkIndex: eth0, address: vip, prefixLength: 32, validFor: seconds(300) });
    director.start();
    segment.clock.advance(milliseconds(0));
    expect([director.stateOf(), lying(director), changes(director)]).toEqual(["backup", [], ["removed", "removed"]]);
  });

  test("removes its address when somebody puts it there with another prefix length", () => {
    const { segment, director } = backup();
    director.start();
    director.links.putAddress({ linkIndex: eth0, address: vip, prefixLength: 32 });
    segment.clock.advance(milliseconds(0));
    expect(lying(director)).toEqual([]);
  });

  test("that is configured with an address already on its interface removes it", () => {
    const { segment, director } = backup();
    director.start();
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.200"), prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    const virtualAddresses = [address("10.9.0.100"), address("10.9.0.200")];
    director.configure(vrrpModel(instanceModel({ virtualAddresses })));
    segment.clock.advance(milliseconds(0));
    expect([director.stateOf(), lying(director)]).toEqual(["backup", []]);
  });

  test("that was the owner holds the address no longer than it is master", () => {
    const segment = new Segment();
    const own = { virtualAddresses: [address("10.9.0.1")] };
    const director = segment.add(1, vrrpModel(instanceModel({ ...own, priority: 255 }))).start();
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.77"), prefixLength: 25 });
    segment.clock.advance(milliseconds(200));
    director.configure(vrrpModel(instanceModel({ ...own, priority: 100 })));
    segment.add(2, vrrpModel(instanceModel({ ...own, priority: 200 }))).start();
    segment.clock.advance(seconds(2));
    expect([director.stateOf(), director.held()]).toEqual(["backup", []]);
  });

  test("tries again to remove what the kernel would not let go, even for an instance that is not configured any more", () => {
    const { segment, director } = master({}, milliseconds(0));
    director.links.refuse = (call) => (call === "remove address" ? "ENOBUFS" : undefined);
    director.configure({ addressLease: milliseconds(0), general: usualGeneral, instances: [] });
    expect(lying(director)).toEqual(["10.9.0.100/24 link 2"]);
    director.links.refuse = () => undefined;
    segment.clock.advance(seconds(1));
    expect([lying(director), changes(director)]).toEqual([[], ["added", "removed"]]);
  });
});

describe("the director's own address as a virtual one", () => {
  const own = { virtualAddresses: [address("10.9.0.1")] };
  const reason = (director: Director) => director.driver?.state()[0]?.reason;

  test("stays where it is, and the instance goes to fault and says what to do", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel({ ...own, priority: 150 })));
    const removed = removals(director);
    director.start();
    segment.clock.advance(seconds(20));
    expect([director.stateOf(), director.held(), removed]).toEqual(["fault", [director.address], []]);
    expect(reason(director)).toStartWith(
      'virtual address 10.9.0.1/24 is the director\'s own on interface "eth0", which has no other: set priority 255 if this director owns it',
    );
  });

  test("stays with whatever prefix length it is configured, and when a master is told of it", () => {
    const { segment, director } = master();
    director.configure(
      vrrpModel(instanceModel({ virtualAddresses: [address("10.9.0.100"), address("10.9.0.1", 32)] })),
    );
    segment.clock.advance(seconds(20));
    director.configure(vrrpModel(instanceModel({ virtualAddresses: [address("10.9.0.100"), address("10.9.0.1")] })));
    segment.clock.advance(seconds(20));
    expect([director.stateOf(), director.links.addresses()]).toEqual([
      "fault",
      [expect.objectContaining({ address: director.address, prefixLength: 24, secondary: false })],
    ]);
    expect(director.links.addresses()[0]?.validFor).toBeUndefined();
    director.configure(vrrpModel(instanceModel()));
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), director.held()]).toEqual(["master", [vip]]);
  });

  test("stays on another interface than the one advertised on, without another prefix length beside it", () => {
    const { segment, director } = master();
    director.links.setLink(3, { name: "eth1" });
    director.links.putAddress({ linkIndex: 3, address: ip("10.9.1.1"), prefixLength: 24 });
    segment.clock.advance(milliseconds(10));
    const before = lying(director).filter((one) => one.endsWith("link 3"));
    director.configure(
      vrrpModel(instanceModel({ virtualAddresses: [address("10.9.0.100"), address("10.9.1.1", 32, "eth1")] })),
    );
    segment.clock.advance(seconds(20));
    expect([director.stateOf(), lying(director)]).toEqual(["fault", before]);
  });

  test("stays although another address lies there that would go with it", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel(own)));
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.77"), prefixLength: 24 });
    director.start();
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), lying(director), director.held()]).toEqual([
      "fault",
      ["10.9.0.77/24 link 2"],
      [director.address],
    ]);
  });

  test("stays when its owner is its owner no longer, and when the instance or the process ends", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel({ ...own, priority: 255 }))).start();
    const removed = removals(director);
    segment.clock.advance(seconds(1));
    director.configure(vrrpModel(instanceModel({ ...own, priority: 100 })));
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), removed]).toEqual(["fault", []]);
    director.links.setLink(eth0, { running: false });
    segment.clock.advance(seconds(1));
    director.links.setLink(eth0, { running: true });
    segment.clock.advance(seconds(1));
    director.stop();
    expect(removed).toEqual([]);
  });

  test("is a leftover like any other when the interface gets an address that stays", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel(own))).start();
    segment.clock.advance(seconds(1));
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.1.1"), prefixLength: 24 });
    segment.clock.advance(milliseconds(10));
    expect([director.stateOf(), director.held(), lying(director)]).toEqual(["backup", [], ["10.9.1.1/24 link 2"]]);
  });

  test("that comes only later is told, too", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel(own)));
    director.links.disturb({ linkIndex: eth0, address: director.address, prefixLength: 24 });
    director.start();
    expect(reason(director)).toContain("has no IPv4 address to send advertisements from");
    director.links.putAddress({ linkIndex: eth0, address: director.address, prefixLength: 24 });
    segment.clock.advance(seconds(1));
    expect([director.held(), reason(director)]).toEqual([
      [director.address],
      expect.stringContaining("director's own"),
    ]);
  });

  test("is not what this agent has put for ever, even when the process comes back to nothing else", () => {
    const { segment, director } = master({}, milliseconds(0));
    director.kill();
    director.links.disturb({ linkIndex: eth0, address: director.address, prefixLength: 24 });
    director.links.putAddress({ linkIndex: eth0, address: vip, prefixLength: 24 });
    director.start();
    segment.clock.advance(milliseconds(10));
    expect([director.stateOf(), lying(director)]).toEqual(["fault", []]);
  });
});

describe("a change of configuration", () => {
  const two = (first: readonly string[], second: readonly string[]) =>
    vrrpModel(
      instanceModel({ name: "a", virtualRouterId: 1, virtualAddresses: first.map((text) => address(text)) }),
      instanceModel({ name: "b", virtualRouterId: 2, virtualAddresses: second.map((text) => address(text)) }),
    );

  test("that moves addresses between two masters never takes them off the interface", () => {
    const segment = new Segment();
    const director = segment.add(1, two(["10.9.0.100"], ["10.9.0.101"])).start();
    segment.clock.advance(seconds(1));
    const removed = removals(director);
    director.configure(two(["10.9.0.101"], ["10.9.0.100"]));
    segment.clock.advance(seconds(20));
    expect([removed, director.held(), changes(director)]).toEqual([
      [],
      [ip("10.9.0.101"), ip("10.9.0.100")],
      ["added", "added"],
    ]);
  });

  test("that gives a master another name keeps its mastership and its address", () => {
    const { segment, director } = master();
    const sent: (number | undefined)[] = [];
    segment.wire.watch((one: Traffic) => one.kind === "datagram" && sent.push(one.datagram.payload[2]));
    const removed = removals(director);
    director.events.length = 0;
    director.configure(vrrpModel(instanceModel({ name: "shop" })));
    segment.clock.advance(milliseconds(250));
    expect([director.stateOf("shop"), director.stateOf("web"), removed, director.events]).toEqual([
      "master",
      "not running",
      [],
      [],
    ]);
    expect([...new Set(sent)]).toEqual([100]);
  });

  test("that exchanges the names of two masters keeps both", () => {
    const segment = new Segment();
    const director = segment.add(1, two(["10.9.0.100"], ["10.9.0.101"])).start();
    segment.clock.advance(seconds(1));
    const removed = removals(director);
    const [a, b] = director.model.instances;
    director.configure(
      vrrpModel(...[a, b].flatMap((one) => (one ? [{ ...one, name: one.name === "a" ? "b" : "a" }] : []))),
    );
    const view = director.driver?.state().map(({ name, virtualRouterId, state }) => [name, virtualRouterId, state]);
    segment.clock.advance(seconds(1));
    expect([view, removed]).toEqual([
      [
        ["b", 1, "master"],
        ["a", 2, "master"],
      ],
      [],
    ]);
  });
});

describe("a process that comes back with another configuration", () => {
  test("removes the address that it held with another prefix length, after the new one is there", () => {
    const { segment, director } = master();
    director.kill();
    director.model = vrrpModel(instanceModel({ virtualAddresses: [address("10.9.0.100", 32)] }));
    director.start();
    segment.clock.advance(milliseconds(0));
    expect([director.stateOf(), lying(director)]).toEqual(["master", ["10.9.0.100/32 link 2"]]);
  });

  test("removes the address from the interface where it was", () => {
    const segment = new Segment();
    const director = segment.add(
      1,
      vrrpModel(instanceModel({ virtualAddresses: [address("10.9.0.100", 24, "eth1")] })),
    );
    director.links.setLink(3, { name: "eth1" });
    director.start();
    segment.clock.advance(seconds(1));
    director.kill();
    director.model = vrrpModel(instanceModel());
    director.start();
    segment.clock.advance(milliseconds(0));
    expect(lying(director)).toEqual(["10.9.0.100/24 link 2"]);
  });

  test("leaves the owner's own address alone when the instance is gone", () => {
    const segment = new Segment();
    const own = { priority: 255, virtualAddresses: [address("10.9.0.1")] };
    const director = segment.add(1, vrrpModel(instanceModel(own))).start();
    segment.clock.advance(seconds(1));
    director.kill();
    director.model = vrrpModel();
    director.start();
    expect(director.links.has(ip("10.9.0.1"))).toBe(true);
  });

  test("announces an address that it puts for the first time", () => {
    const { segment, director } = master();
    director.kill();
    const announced: number[] = [];
    segment.wire.watch((one) => one.kind === "frame" && announced.push(one.frame[31] ?? 0));
    director.model = vrrpModel(instanceModel({ virtualAddresses: [address("10.9.0.100"), address("10.9.0.101")] }));
    director.start();
    expect([director.stateOf(), announced]).toEqual(["master", [101, 101, 101, 101, 101]]);
  });

  test("counts its absence by the interval that its peers know", () => {
    const { segment, director } = master();
    director.kill();
    segment.clock.advance(seconds(2));
    director.model = vrrpModel(instanceModel({ advertisementInterval: seconds(5) }));
    director.start();
    expect([director.stateOf(), director.held()]).toEqual(["backup", []]);
  });

  test("does not believe a last advertisement that is still to come", () => {
    const { segment, director } = master();
    director.kill();
    director.memory.beat(0, instant(segment.clock.now() + 60_000));
    director.start();
    expect([director.stateOf(), director.held()]).toEqual(["backup", []]);
  });

  test("under another name goes on as master", () => {
    const { director } = master();
    const removed = removals(director);
    director.kill();
    director.model = vrrpModel(instanceModel({ name: "shop" }));
    director.start();
    expect([director.stateOf("shop"), removed]).toEqual(["master", []]);
  });

  test("and an address that has moved to another master keeps it on the interface", () => {
    const segment = new Segment();
    const of = (name: string, virtualRouterId: number, ...texts: string[]) =>
      instanceModel({ name, virtualRouterId, virtualAddresses: texts.map((text) => address(text)) });
    const director = segment.add(1, vrrpModel(of("b", 2, "10.9.0.100"))).start();
    segment.clock.advance(seconds(1));
    director.kill();
    const removed = removals(director);
    director.model = vrrpModel(of("a", 1, "10.9.0.100"), of("b", 2, "10.9.0.100"));
    director.start();
    segment.clock.advance(milliseconds(50));
    expect([director.stateOf("a"), director.stateOf("b"), removed]).toEqual(["backup", "master", []]);
  });
});

describe("what the kernel refuses", () => {
  test("is not shown as held, and is told as added when it succeeds", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel()));
    director.links.refuse = (call) => (call === "put address" ? "EPERM" : undefined);
    director.start();
    segment.clock.advance(seconds(1));
    const shown = () => director.driver?.state()[0]?.virtualAddresses.map(({ held }) => held);
    expect([director.stateOf(), shown(), changes(director)]).toEqual(["master", [false], []]);
    director.links.refuse = () => undefined;
    segment.clock.advance(seconds(1));
    expect([shown(), changes(director)]).toEqual([[true], ["added"]]);
  });
});

describe("somebody who removes the address of a master again and again", () => {
  const form = { linkIndex: eth0, address: vip, prefixLength: 24 };

  /** Removes the address whenever it is there, every so many milliseconds; gives how often that was. */
  function fight({ segment, director }: ReturnType<typeof master>, length: number, every = 1): number {
    let removed = 0;
    for (let passed = 0; passed < length; passed += every) {
      if (director.links.has(vip)) {
        removed += 1;
        director.links.disturb(form);
      }
      segment.clock.advance(milliseconds(every));
    }
    return removed;
  }

  const told = (director: Director) =>
    director.events.flatMap((event) =>
      event.kind === "address-changed" ? [[event.change, event.times ?? 1, event.during ?? 0]] : [],
    );

  test("is told of at once, and then at growing intervals with the number of losses", () => {
    const { segment, director } = master();
    director.events.length = 0;
    const removed = fight({ segment, director }, 7500, 50);
    segment.clock.advance(seconds(10));
    const losses = told(director).filter(([change]) => change === "lost");
    expect(losses.map(([, , during]) => during)).toEqual([0, 1000, 2000, 4000, 8000]);
    expect(losses.reduce((sum, [, times]) => sum + Number(times), 0)).toBe(removed);
    expect(told(director).map(([change]) => change)).toEqual(losses.flatMap(() => ["lost", "added"] as const));
  });

  test("is answered 20 times in a second at most, and then every 100 ms", () => {
    const removed = fight(master(), 10_000);
    expect([removed > 100, removed < 130]).toEqual([true, true]);
  });

  test("finds it repaired at once as long as that is not too often", () => {
    const { segment, director } = master();
    for (let time = 0; time < 30; time += 1) {
      director.links.disturb(form);
      segment.clock.advance(milliseconds(0));
      expect(director.held()).toEqual([vip]);
      segment.clock.advance(milliseconds(60));
    }
  });

  test("is news again after a quiet minute", () => {
    const { segment, director } = master();
    fight({ segment, director }, 3000, 50);
    segment.clock.advance(seconds(61));
    director.events.length = 0;
    director.links.disturb(form);
    segment.clock.advance(milliseconds(0));
    expect(told(director)).toEqual([
      ["lost", 1, 0],
      ["added", 1, 0],
    ]);
  });

  test("is told of to the last when the master ends", () => {
    const { segment, director } = master();
    fight({ segment, director }, 500, 50);
    director.driver?.configure(vrrpModel());
    expect(
      told(director)
        .map(([change, times]) => `${change} ${times}`)
        .slice(-3),
    ).toEqual(["lost 9", "added 1", "removed 1"]);
    segment.clock.advance(seconds(100));
    expect(director.held()).toEqual([]);
  });
});

describe("an interface", () => {
  test("whose own primary address is removed and takes the virtual one along gets that back at once, with one report", () => {
    const { segment, director } = master();
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.1.7"), prefixLength: 24 });
    segment.clock.advance(milliseconds(10));
    director.events.length = 0;
    director.links.disturb({ linkIndex: eth0, address: director.address, prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    expect(director.held()).toEqual([vip]);
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.7"), prefixLength: 24 });
    segment.clock.advance(seconds(5));
    expect([director.stateOf(), director.held(), changes(director), director.events.length]).toEqual([
      "master",
      [vip],
      ["lost", "added"],
      2,
    ]);
  });

  test("that gets another name is left without the address", () => {
    const { segment, director } = master({}, milliseconds(0));
    director.links.setLink(eth0, { name: "lan0" });
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), lying(director)]).toEqual(["fault", []]);
  });

  test("that gets another hardware address is announced anew", () => {
    const { segment, director } = master({
      gratuitousArp: usualGratuitousArp(2),
    });
    const senders: string[] = [];
    segment.wire.watch((one) => one.kind === "frame" && senders.push(one.frame.slice(6, 12).toHex()));
    director.links.setLink(eth0, { hardwareAddress: Uint8Array.of(2, 1, 2, 3, 4, 5) });
    segment.clock.advance(milliseconds(10));
    expect(senders).toEqual(["020102030405", "020102030405"]);
  });

  test("from which somebody removes the address gets it back, and it is announced there", () => {
    const { segment, director } = master();
    const frames: Traffic[] = [];
    segment.wire.watch((one) => one.kind === "frame" && frames.push(one));
    director.links.disturb({ linkIndex: eth0, address: vip, prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    expect([director.held(), frames.length]).toEqual([[vip], 5]);
  });

  test("that is none of ours changes without anything being listed anew", () => {
    const { segment, director } = master();
    let listed = 0;
    director.links.refuse = (call) => {
      if (call === "list addresses") listed += 1;
      return undefined;
    };
    for (let index = 10; index < 60; index += 1) director.links.setLink(index, { name: `veth${index}` });
    for (let index = 10; index < 60; index += 1) director.links.removeLink(index);
    segment.clock.advance(seconds(1));
    expect(listed).toBe(0);
  });
});

test("a socket that is refused for one instance does not keep lost addresses of another from being put back", () => {
  const segment = new Segment();
  const other = instanceModel({ name: "other", interface: "eth1", virtualAddresses: [address("10.9.0.101")] });
  const director = segment.add(1, vrrpModel(instanceModel(), other));
  director.links.setLink(3, { name: "eth1" });
  director.links.putAddress({ linkIndex: 3, address: ip("10.9.1.1"), prefixLength: 24 });
  director.start();
  segment.clock.advance(seconds(1));
  expect([director.stateOf(), director.stateOf("other")]).toEqual(["master", "fault"]);
  director.links.disturb({ linkIndex: eth0, address: vip, prefixLength: 24 });
  segment.clock.advance(milliseconds(100));
  expect(director.links.has(vip)).toBe(true);
});

test("a backup that was stopped while its master went on reads what waits before it takes over", () => {
  for (let stopped = 260; stopped <= 500; stopped += 20) {
    const { segment, director } = backup();
    director.start();
    segment.clock.advance(seconds(1));
    const announced: string[] = [];
    segment.wire.watch((one) => one.kind === "frame" && announced.push(`${one.from} after ${stopped} ms`));
    director.gate?.pause();
    segment.clock.advance(milliseconds(stopped));
    director.gate?.resume(() => 0);
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), announced]).toEqual(["backup", []]);
  }
});

describe("an address with options", () => {
  const label = (text: string) => ({ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0", label: text });

  test("that are changed on a master is put anew, and the mastership stays", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel({ virtualAddresses: [label("eth0:a")] }))).start();
    segment.clock.advance(seconds(1));
    director.links.watch(() => undefined);
    const calls: string[] = [];
    director.links.refuse = (call, wished) => {
      if (wished !== undefined) calls.push(`${call} ${wished.label}`);
      return undefined;
    };
    director.configure(vrrpModel(instanceModel({ virtualAddresses: [label("eth0:b")] })));
    expect(calls).toEqual(["remove address eth0:a", "put address eth0:b"]);
    expect(director.stateOf()).toBe("master");
  });

  test("that is excluded is held and announced, but not advertised", () => {
    const segment = new Segment();
    const traffic: { readonly kind: string }[] = [];
    segment.wire.watch((one) => traffic.push(one));
    const excluded = { address: ip("2001:db8::fe"), prefixLength: 64, interface: "eth0", excluded: true };
    const virtualAddresses = [label("eth0:a"), excluded];
    const director = segment.add(1, vrrpModel(instanceModel({ virtualAddresses }))).start();
    segment.clock.advance(seconds(1));
    expect(director.links.has(excluded.address)).toBe(true);
    expect(director.driver?.state()[0]?.virtualAddresses[1]).toMatchObject({ held: true, excluded: true });
    expect(director.driver?.state()[0]?.counters.announcementsSent).toBe(10);
    director.stop();
    expect(director.links.has(excluded.address)).toBe(false);
  });

  test("that is not tracked is not put back when somebody removes it, until the next time it is master", () => {
    const segment = new Segment();
    const virtualAddresses = [{ ...label("eth0:a"), untracked: true }];
    const director = segment.add(1, vrrpModel(instanceModel({ virtualAddresses }))).start();
    segment.clock.advance(seconds(1));
    director.links.disturb({ linkIndex: eth0, address: ip("10.9.0.100"), prefixLength: 24 });
    segment.clock.advance(seconds(20));
    expect(director.links.has(ip("10.9.0.100"))).toBe(false);
    expect(director.stateOf()).toBe("master");
    expect(director.events.filter((one) => one.kind === "address-changed").map(({ change }) => change)).toEqual([
      "added",
      "lost",
    ]);
    director.links.setLink(eth0, { running: false });
    segment.clock.advance(seconds(1));
    director.links.setLink(eth0, { running: true });
    segment.clock.advance(seconds(2));
    expect(director.links.has(ip("10.9.0.100"))).toBe(true);
  });
});
