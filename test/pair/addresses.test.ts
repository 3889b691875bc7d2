// Where virtual addresses lie: a backup has none, the director's own is not ours, and a master has them with their options.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { usualGeneral } from "../support/vrrp-defaults.ts";
import { address, backup, changes, lying, master, removals, vip } from "./lying-addresses.ts";
import { type Director, eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

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
