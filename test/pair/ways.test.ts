// The ways of advertisements: unicast peers, heartbeat paths, and what is signed on them.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import type { HmacModel, UnicastModel } from "../../agent/config/wire-model.ts";
import { idealConditions, partition, type Traffic, Wire } from "../../agent/kernel/memory/wire.ts";
import { eth0, eth1, instanceModel, Segment, vrrpModel } from "./segment.ts";

/** Two directors, the second one better, each with what `of` gives for its number. */
function pair(of: (number: number) => Partial<VrrpInstanceModel>, { withBack = false } = {}) {
  const segment = new Segment();
  if (withBack) segment.back = new Wire(segment.clock, segment.random);
  const [first, second] = [1, 2].map((number) =>
    segment.add(number, vrrpModel(instanceModel({ priority: 100 + 50 * (number - 1), ...of(number) }))).start(),
  );
  if (first === undefined || second === undefined) throw new Error("no pair");
  const traffic: Traffic[] = [];
  segment.wire.watch((one) => traffic.push(one));
  return { segment, first, second, traffic };
}

function toPeers(...last: readonly number[]): UnicastModel {
  return { peers: last.map((number) => ({ address: ip(`10.9.0.${number}`) })), timeToLive: 64, checkSource: true };
}

function refusedBy(director: {
  readonly driver: { state(): { readonly counters: { readonly refused: object } }[] } | undefined;
}) {
  return director.driver?.state()[0]?.counters.refused;
}

describe("unicast peers", () => {
  test("elect one master with nothing to a group", () => {
    const { segment, first, second, traffic } = pair((number) => ({ unicast: toPeers(3 - number) }));
    segment.clock.advance(seconds(2));
    expect(segment.masters()).toEqual(["d2"]);
    const datagrams = traffic.flatMap((one) => (one.kind === "datagram" ? [one.datagram] : []));
    expect([...new Set(datagrams.map(({ destination }) => destination as string))]).toEqual(["10.9.0.1"]);
    expect(datagrams.every(({ timeToLive }) => timeToLive === 64)).toBe(true);
    expect([refusedBy(first), refusedBy(second)]).toEqual([{}, {}]);
  });

  test("change on a running master, which stays master and tells the new one at once", () => {
    const { segment, second } = pair((number) => ({ unicast: toPeers(3 - number) }));
    segment.clock.advance(seconds(1));
    second.events.length = 0;
    second.configure(vrrpModel(instanceModel({ priority: 150, unicast: toPeers(1, 3) })));
    const third = segment.add(3, vrrpModel(instanceModel({ priority: 50, unicast: toPeers(1, 2) }))).start();
    segment.clock.advance(seconds(2));
    expect([segment.masters(), third.stateOf(), second.events]).toEqual([["d2"], "backup", []]);
  });

  test("can be changed to from a group and back, without giving up mastership", () => {
    const { segment, second } = pair(() => ({}));
    segment.clock.advance(seconds(1));
    second.events.length = 0;
    for (const unicast of [toPeers(1), undefined]) {
      second.configure(vrrpModel(instanceModel({ priority: 150, ...(unicast && { unicast }) })));
      segment.clock.advance(milliseconds(200));
    }
    expect([second.stateOf(), second.events.filter(({ kind }) => kind === "vrrp-state-changed")]).toEqual([
      "master",
      [],
    ]);
  });

  test("hear where the source lives when it leaves fault, as often as is configured", () => {
    const { segment, second, traffic } = pair((number) => ({ unicast: toPeers(3 - number) }));
    const sourcesTold = () =>
      traffic.filter(
        (one) => one.kind === "frame" && /^f{12}.{12}0806.{12}0001.{12}0a090002.{12}0a090002/.test(one.frame.toHex()),
      ).length;
    segment.clock.advance(seconds(1));
    second.links.setLink(eth0, { running: false });
    segment.clock.advance(seconds(1));
    expect([second.stateOf(), sourcesTold()]).toEqual(["fault", 0]);
    second.links.setLink(eth0, { running: true });
    segment.clock.advance(milliseconds(10));
    expect([second.stateOf(), sourcesTold()]).toEqual(["backup", 5]);
  });

  test("none of them is a fault where that is wished, and says so", () => {
    const { second } = pair(() => ({ unicast: { peers: [], timeToLive: 255, checkSource: false } }));
    expect(second.driver?.state()[0]).toMatchObject({
      state: "fault",
      reason: expect.stringContaining("no unicast peers"),
    });
  });

  test("a stranger is refused by name", () => {
    const { segment, first } = pair((number) => ({ unicast: toPeers(3 - number) }));
    segment.add(3, vrrpModel(instanceModel({ priority: 200, unicast: toPeers(1) }))).start();
    segment.clock.advance(seconds(2));
    expect(first.stateOf()).toBe("backup");
    expect(Object.keys(refusedBy(first) ?? {})).toEqual(["source is no peer"]);
  });

  test("an instance that is bound to no interface follows its source address", () => {
    const address = { address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0" };
    const { segment, second } = pair((number) => ({
      ...{
        interface: "",
        sourceAddress: ip(`10.9.0.${number}`),
        unicast: toPeers(3 - number),
        virtualAddresses: [address],
      },
    }));
    segment.clock.advance(seconds(2));
    expect([segment.masters(), second.held()]).toEqual([["d2"], [address.address]]);
    second.links.disturb({ linkIndex: eth0, address: second.address, prefixLength: 24 });
    segment.clock.advance(seconds(2));
    expect([segment.masters(), second.stateOf()]).toEqual([["d1"], "fault"]);
  });
});

describe("a heartbeat path", () => {
  const paths = { furtherPaths: [{ interface: "eth1", multicastGroup: ip("224.0.0.18") }] };

  test("keeps a backup from taking over when only the first way is cut, and lets it when all are", () => {
    const { segment, second } = pair(() => paths, { withBack: true });
    segment.clock.advance(seconds(1));
    segment.wire.conditions = { ...idealConditions, ...partition([["d1"], ["d2"]]) };
    segment.clock.advance(seconds(5));
    expect(segment.masters()).toEqual(["d2"]);
    if (segment.back !== undefined) segment.back.conditions = segment.wire.conditions;
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d1", "d2"]);
    expect(second.driver?.state()[0]?.heartbeatPaths).toEqual([{ interface: "eth1", open: true }]);
  });

  test("carries the farewell of a master whose first interface is dead", () => {
    const { segment, first, second } = pair(() => paths, { withBack: true });
    segment.clock.advance(seconds(1));
    second.links.setLink(eth0, { running: false });
    segment.clock.advance(milliseconds(70)); // the skew time of priority 100
    expect([segment.masters(), first.driver?.state()[0]?.reason]).toEqual([["d1"], "10.8.0.2 has resigned"]);
  });

  test("that is not there is no fault, and is used once it is", () => {
    const { segment, second } = pair(() => paths, { withBack: true });
    segment.clock.advance(seconds(1));
    second.links.setLink(eth1, { running: false });
    segment.clock.advance(seconds(1));
    expect(second.driver?.state()[0]).toMatchObject({ state: "master", heartbeatPaths: [{ open: false }] });
    second.links.setLink(eth1, { running: true });
    segment.wire.conditions = { ...idealConditions, ...partition([["d1"], ["d2"]]) };
    segment.clock.advance(seconds(5));
    expect(segment.masters()).toEqual(["d2"]);
    const told = second.events.filter((event) => event.kind === "heartbeat-path-changed");
    expect(told.map(({ instance, interface: link, open, reason }) => [instance, link, open, reason])).toEqual([
      ["web", "eth1", false, "its interface is down or has no carrier"],
      ["web", "eth1", true, ""],
    ]);
  });

  test("on which the addresses are the other way round makes no two masters of equal priority yield to each other", () => {
    const segment = new Segment();
    segment.back = new Wire(segment.clock, segment.random);
    const directors = [1, 2].map((number) => segment.add(number, vrrpModel(instanceModel({ ...paths }))));
    for (const [index, { links }] of directors.entries()) {
      links.disturb({ linkIndex: eth1, address: ip(`10.8.0.${index + 1}`), prefixLength: 24 });
      links.putAddress({ linkIndex: eth1, address: ip(`10.8.0.${9 - index}`), prefixLength: 24 });
    }
    for (const wire of [segment.wire, segment.back])
      wire.conditions = { ...idealConditions, ...partition([["d1"], ["d2"]]) };
    for (const director of directors) director.start();
    segment.clock.advance(seconds(2));
    expect(segment.masters()).toEqual(["d1", "d2"]);
    for (const wire of [segment.wire, segment.back]) wire.conditions = idealConditions;
    const changes = directors.map(({ events }) => events.length);
    segment.clock.advance(seconds(5));
    expect(segment.masters()).toEqual(["d2"]);
    const states = directors.map(({ events }, index) =>
      events.slice(changes[index]).filter(({ kind }) => kind === "vrrp-state-changed"),
    );
    expect(states.map(({ length }) => length)).toEqual([1, 0]);
  });
});

const header = {
  version: 2,
  advertisementInterval: seconds(1),
  authentication: { type: "ah", password: "secret" },
} as const;

describe("authentication headers", () => {
  test("make a pair whose advertisements are IP protocol 51, and one that has restarted is heard again", () => {
    const { segment, first, second } = pair(() => header);
    segment.clock.advance(seconds(10));
    expect(segment.masters()).toEqual(["d2"]);
    second.kill();
    segment.clock.advance(seconds(10));
    expect(first.stateOf()).toBe("master");
    second.start();
    segment.clock.advance(seconds(10));
    expect([segment.masters(), refusedBy(first), refusedBy(second)]).toEqual([["d2"], {}, {}]);
  });

  test("with another password are refused by name", () => {
    const { segment, first } = pair((number) => ({
      ...{ ...header, authentication: { type: "ah", password: `secret${number}` } },
    }));
    segment.clock.advance(seconds(10));
    expect(Object.keys(refusedBy(first) ?? {})).toEqual(["integrity check value is wrong"]);
  });

  test("that are replayed are refused by name", () => {
    const { segment, first, traffic } = pair(() => header);
    segment.clock.advance(seconds(10));
    const old = traffic.findLast((one) => one.kind === "datagram" && one.from === "d2");
    if (old?.kind !== "datagram") throw new Error("nothing was sent");
    segment.wire.inject("d9", "ipv4", old.datagram, 255, "ah");
    segment.clock.advance(milliseconds(1));
    expect(refusedBy(first)).toEqual({ "sequence number was heard before": 1 });
  });
});

function hmac(other: Partial<HmacModel> = {}): Partial<VrrpInstanceModel> {
  const keys = [1, 2].map((id) => ({ id, hex: `0${id}`.repeat(32) }));
  const usual = { keys, activeKey: 1, antiReplay: "time", timeWindow: seconds(5), mode: "enforce" } as const;
  return { hmac: { ...usual, ...other } };
}

describe("auth_hmac", () => {
  test("makes a pair that refuses nothing of each other", () => {
    const { segment, first, second } = pair(() => hmac());
    segment.clock.advance(seconds(2));
    expect([segment.masters(), refusedBy(first), refusedBy(second)]).toEqual([["d2"], {}, {}]);
  });

  test("keys are rotated one director after the other without a second master", () => {
    const { segment, first, second } = pair(() => hmac());
    segment.clock.advance(seconds(1));
    for (const [director, priority] of [
      [first, 100],
      [second, 150],
    ] as const) {
      director.configure(vrrpModel(instanceModel({ priority, ...hmac({ activeKey: 2 }) })));
      segment.clock.advance(seconds(1));
    }
    expect([segment.masters(), refusedBy(first), refusedBy(second)]).toEqual([["d2"], {}, {}]);
  });

  test("is introduced on a running pair: permissive first, then enforced", () => {
    const { segment, first, second } = pair(() => ({}));
    segment.clock.advance(seconds(1));
    const steps = [
      [first, 100, "receive-only"],
      [second, 150, "permissive"],
      [first, 100, "enforce"],
      [second, 150, "enforce"],
    ] as const;
    first.configure(vrrpModel(instanceModel({ priority: 100, ...hmac({ mode: "receive-only" }) })));
    for (const [director, priority, mode] of steps) {
      director.configure(vrrpModel(instanceModel({ priority, ...hmac({ mode }) })));
      segment.clock.advance(seconds(1));
      expect(segment.masters()).toEqual(["d2"]);
    }
    expect([refusedBy(first), refusedBy(second)]).toEqual([{}, {}]);
  });

  test("replayed, unsigned and foreign advertisements are counted under their rules", () => {
    const { segment, first, traffic } = pair(() => hmac());
    segment.clock.advance(seconds(1));
    const old = traffic.findLast((one) => one.kind === "datagram" && one.from === "d2");
    if (old?.kind !== "datagram") throw new Error("nothing was sent");
    const { datagram } = old;
    segment.wire.inject("d9", "ipv4", datagram);
    segment.wire.inject("d9", "ipv4", { ...datagram, payload: datagram.payload.slice(0, -28) });
    segment.wire.inject("d9", "ipv4", { ...datagram, payload: datagram.payload.slice().fill(7, -16) });
    segment.clock.advance(milliseconds(1));
    expect(refusedBy(first)).toEqual({ "hmac was heard before": 1, "hmac is missing": 1, "hmac is wrong": 1 });
  });

  test("over IPv6 too", () => {
    const segment = new Segment();
    const address = { address: ip("fe80::100"), prefixLength: 64, interface: "eth0" };
    const six = { family: "ipv6", multicastGroup: ip("ff02::12"), virtualAddresses: [address], ...hmac() } as const;
    for (const number of [1, 2]) {
      const director = segment.add(number, vrrpModel(instanceModel({ priority: 100 + number, ...six })));
      director.links.putAddress({ linkIndex: eth0, address: ip(`fe80::${number}`), prefixLength: 64 });
      director.start();
    }
    segment.clock.advance(seconds(2));
    expect(segment.masters()).toEqual(["d2"]);
  });

  test("a key that cannot be read is a fault that ends when it can", () => {
    const keys = [{ id: 1, hex: "", file: "/nonexistent/key" }];
    const { second } = pair(() => hmac({ keys }));
    expect(second.driver?.state()[0]).toMatchObject({ state: "fault", reason: expect.stringContaining("key") });
  });
});

describe("a peer that says something else", () => {
  const other = { address: ip("10.9.0.101"), prefixLength: 24, interface: "eth0" };

  test("is told of once, with the difference, and once more when it agrees", () => {
    const usual = instanceModel().virtualAddresses;
    const { segment, first, second } = pair((number) => ({
      ...(number === 2 && { virtualAddresses: [other], advertisementInterval: milliseconds(200) }),
    }));
    segment.clock.advance(seconds(3));
    const told = () => first.events.filter(({ kind }) => kind === "peer-differs");
    const differences = ["interval 200ms, ours is 100ms", "without 10.9.0.100", "with 10.9.0.101"];
    expect(told()).toEqual([{ kind: "peer-differs", instance: "web", peer: second.address, differences }]);
    expect(first.driver?.state()[0]?.peerDifferences).toEqual([{ peer: second.address, differences }]);
    second.configure(vrrpModel(instanceModel({ priority: 150, virtualAddresses: usual })));
    segment.clock.advance(seconds(2));
    expect(told().slice(1)).toMatchObject([{ differences: [] }]);
    expect(first.driver?.state()[0]?.peerDifferences).toBeUndefined();
  });

  test("in another version is told of, too, though it is refused", () => {
    const { segment, first } = pair((number) =>
      number === 2 ? { version: 2, advertisementInterval: seconds(1) } : {},
    );
    segment.clock.advance(seconds(5));
    expect(first.driver?.state()[0]?.peerDifferences).toMatchObject([{ differences: ["version 2, ours is 3"] }]);
  });
});

describe("a master that advertises other addresses than a backup has", () => {
  const others = [{ address: ip("10.9.0.200"), prefixLength: 24, interface: "eth0" }];
  const differs = (of: readonly { readonly kind: string }[]) => of.filter(({ kind }) => kind === "peer-differs").length;

  test.each([
    ["is reported with each change of what it says", false, 3],
    ["is looked at once where the addresses are to be compared once (skip_check_adv_addr)", true, 1],
  ])("%s", (_, comparesAddressesOnce, expected) => {
    const { segment, first, second } = pair(() => (comparesAddressesOnce ? { comparesAddressesOnce } : {}));
    segment.clock.advance(seconds(1));
    first.events.length = 0;
    const usual = second.model;
    const changed = vrrpModel(instanceModel({ priority: 150, virtualAddresses: others }));
    first.configure(
      vrrpModel(
        instanceModel({ ...(comparesAddressesOnce && { comparesAddressesOnce }), preemptDelay: milliseconds(1) }),
      ),
    );
    for (const model of [changed, usual, changed]) {
      second.configure(model);
      segment.clock.advance(seconds(1));
    }
    expect(differs(first.events)).toBe(expected);
  });
});
