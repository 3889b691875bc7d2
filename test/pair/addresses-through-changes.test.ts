// Where virtual addresses lie while the configuration changes, and when a process comes back with another one.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { instant, milliseconds, seconds } from "../../agent/base/duration.ts";
import type { Traffic } from "../../agent/kernel/memory/wire.ts";
import { address, changes, lying, master, removals } from "./lying-addresses.ts";
import { instanceModel, Segment, vrrpModel } from "./segment.ts";

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
