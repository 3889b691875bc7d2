// Whatever is changed on a running master, it stays master, with no advertisement later than one interval and no address off its interface, unless the
// change itself forbids that. Every field of an instance has its entry here: who adds one says what it does to a master.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel, VrrpModel } from "../../agent/config/model.ts";
import { MemoryFirewall } from "../../agent/kernel/memory/firewall.ts";
import { MemoryRoutes, MemoryRules } from "../../agent/kernel/memory/routing.ts";
import { MemorySyncDaemons } from "../../agent/kernel/memory/sync-daemons.ts";
import { MemorySysctls } from "../../agent/kernel/memory/sysctls.ts";
import { mainTable } from "../../agent/kernel/routes.ts";
import { usualGratuitousArp } from "../support/vrrp-defaults.ts";
import { eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

type Fields = Partial<VrrpInstanceModel>;

/** What a master may become, each from the usual settings and back to them. */
type Changes = { readonly [Field in keyof Required<VrrpInstanceModel>]: readonly Fields[] | Forbidden };

/** Why a change of this field cannot leave the master what it is. */
type Forbidden = "another virtual router" | "another network" | "somebody wants it to yield";

const own = { address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0" };
const second = { address: ip("10.9.0.101"), prefixLength: 24, interface: "eth0" };
const slow = { version: 2, advertisementInterval: seconds(1) } as const;
const key = { id: 1, hex: "01".repeat(32) };
const hmac = { keys: [key], activeKey: 1, antiReplay: "time", timeWindow: seconds(5), mode: "enforce" } as const;
const peers = { peers: [{ address: ip("10.9.0.2") }], timeToLive: 255, checkSource: true };
const usualArp = usualGratuitousArp(5, seconds(5));
const virtualLink = {
  ...({ instance: "web", kind: "macvlan", parent: "eth0", family: "ipv4", advertisesOnParent: true } as const),
  hardwareAddress: "00:00:5e:00:01:33",
};
const route = {
  ...({
    family: "ipv4",
    kind: "unicast",
    table: mainTable,
    tos: 0,
    metric: 0,
    scope: 0,
    metrics: {},
    locked: [],
  } as const),
  destination: { address: ip("10.1.0.0"), prefixLength: 16 },
  nextHops: [{ via: ip("10.9.0.254"), interface: "eth0", weight: 1, onlink: false }],
};

const changes: Changes = {
  name: [{ name: "other" }],
  family: "another virtual router",
  version: "another virtual router",
  interface: "another virtual router",
  virtualRouterId: "another virtual router",
  priority: [{ priority: 1 }, { priority: 254 }, { priority: 255 }],
  advertisementInterval: [10, 1000, 40_950].map((interval) => ({ advertisementInterval: milliseconds(interval) })),
  initialState: [{ initialState: "master" }],
  preempt: [{ preempt: false }],
  preemptDelay: [{ preemptDelay: seconds(300) }],
  sourceAddress: [{ sourceAddress: ip("10.9.0.1") }, { sourceAddress: ip("10.9.0.7") }],
  multicastGroup: [{ multicastGroup: ip("224.0.0.81") }],
  authentication: [
    { ...slow, authentication: { type: "pass", password: "secret" } },
    { ...slow, authentication: { type: "ah", password: "secret" } },
  ],
  checksumWithPseudoHeader: [{ checksumWithPseudoHeader: false }],
  trackers: [{ trackers: [{ kind: "interface", name: "eth0", weight: -50, reverse: false }] }],
  ignoresOwnLink: [{ ignoresOwnLink: true }],
  virtualAddresses: [
    { virtualAddresses: [own, second] },
    { virtualAddresses: [second, own] },
    { virtualAddresses: [{ ...own, prefixLength: 32 }] },
    { virtualAddresses: [{ ...own, excluded: true }, second] },
    { virtualAddresses: [{ ...own, untracked: true }] },
  ],
  withoutAddresses: [{ withoutAddresses: true }],
  heldBack: "somebody wants it to yield",
  routes: [{ routes: [route] }],
  rules: [{ rules: [{ family: "ipv4", priority: 100, action: "lookup", table: 100, tos: 0 }] }],
  virtualLink: [
    { virtualLink: { ...virtualLink, interface: "vrrp.51" }, virtualAddresses: [{ ...own, interface: "vrrp.51" }] },
  ],
  addressLinks: [
    {
      addressLinks: [{ ...virtualLink, interface: "vrrp.51.eth0" }],
      virtualAddresses: [own, { ...second, interface: "vrrp.51.eth0" }],
    },
  ],
  accept: [{ accept: false }],
  promoteSecondaries: [{ promoteSecondaries: true }],
  gratuitousArp: [
    { gratuitousArp: { ...usualArp, refresh: seconds(1), form: "both", probe: true, verify: [ip("10.9.0.254")] } },
    {
      gratuitousArp: {
        ...usualArp,
        extraInterval: seconds(1),
        extraAllInterfaces: true,
        repeat: 1,
        delay: milliseconds(0),
      },
    },
  ],
  downTimerAdverts: [{ downTimerAdverts: 1 }, { downTimerAdverts: 100 }],
  timerExpiredBackup: [{ timerExpiredBackup: 254 }],
  higherPrioSendAdvert: [{ higherPrioSendAdvert: true }],
  lowerPrioNoAdvert: [{ lowerPrioNoAdvert: true }],
  ownerIgnoreAdverts: [{ ownerIgnoreAdverts: true }],
  unicast: [{ unicast: peers }],
  furtherPaths: [{ furtherPaths: [{ interface: "eth1", multicastGroup: ip("224.0.0.18") }] }],
  vrf: "another network",
  strictChecksum: [{ strictChecksum: true }],
  comparesAddressesOnce: [{ comparesAddressesOnce: true }],
  hmac: [{ hmac }, { hmac: { ...hmac, mode: "receive-only" } }],
};

const cases = Object.entries(changes).flatMap(([field, these]) =>
  typeof these === "string"
    ? []
    : these.map((to, index) => [these.length > 1 ? `${field}, ${index + 1}` : field, to] as const),
);

/** The changed instance is of the same virtual router as the one before. */
function before(to: Fields): VrrpInstanceModel {
  return instanceModel(to.version === 2 ? slow : {});
}

describe("a master stays what it is when this is changed, and when it is changed back", () => {
  test.each(cases)("%s", (_, to) => {
    const [from, there] = [before(to), instanceModel(to)];
    for (const [first, then] of [
      [from, there],
      [there, from],
    ] as const)
      expect(lifeOf(vrrpModel(first), vrrpModel(then))).toEqual({
        ...{ states: [], late: [], lost: [], resigned: 0, state: "master" },
      });
  });
});

describe("a master that is told to speak another way is heard by a peer that does so already, at once", () => {
  const ways: Readonly<Record<string, Fields>> = {
    "to another group": { multicastGroup: ip("224.0.0.81") },
    "to unicast peers": { unicast: peers },
    "with an hmac": { hmac },
    "in authentication headers": { ...slow, authentication: { type: "ah", password: "secret" } },
  };

  test.each(Object.entries(ways))("%s", (_, to) => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(before(to))).start();
    segment.clock.advance(seconds(5));
    const own = to.unicast && { unicast: { ...peers, peers: [{ address: ip("10.9.0.1") }] } };
    const peer = segment.add(2, vrrpModel(instanceModel({ ...to, ...own, priority: 50 }))).start();
    segment.clock.advance(milliseconds(10));
    director.configure(vrrpModel(instanceModel(to)));
    segment.clock.advance(milliseconds(1));
    expect(peer.driver?.state()[0]?.counters.advertisementsReceived).toBe(1);
  });
});

/** A master that is given another configuration in the middle of an interval: what that did to it. */
function lifeOf(first: VrrpModel, then: VrrpModel) {
  const segment = new Segment();
  const director = segment.add(1, first);
  director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.7"), prefixLength: 24 });
  director.belongings = belongings();
  director.start();
  const [previous, next] = [first.instances[0], then.instances[0]];
  if (previous === undefined || next === undefined) throw new Error("no instance");
  const said: number[] = [];
  segment.clock.advance(milliseconds(previous.advertisementInterval * (previous.downTimerAdverts + 9.5)));
  segment.wire.watch((one) => one.kind === "datagram" && said.push(one.at));
  segment.clock.advance(milliseconds(previous.advertisementInterval * 1.3));
  director.events.length = 0;
  const removed: string[] = [];
  const remove = director.links.removeAddress.bind(director.links);
  director.links.removeAddress = (one) => {
    remove(one);
    if (!director.links.has(one.address)) removed.push(one.address);
  };
  const changedAt = segment.clock.now();
  director.configure(then);
  segment.clock.advance(milliseconds(next.advertisementInterval * 3.3));

  const kept = previous.virtualAddresses.filter((one) =>
    next.virtualAddresses.some(({ address }) => address === one.address),
  );
  const gaps = said.slice(1).map((at, index) => ({ at, gap: at - (said[index] ?? at) }));
  const allowed = (at: number) => (at <= changedAt ? previous : next).advertisementInterval + 0.001;
  return {
    states: director.events.filter(({ kind }) => kind === "vrrp-state-changed"),
    late: gaps.filter(({ at, gap }) => gap > allowed(at)),
    resigned: director.driver?.state()[0]?.counters.priorityZeroSent,
    lost: removed.filter((address) => kept.some((one) => one.address === address)),
    state: director.stateOf(next.name),
  };
}

function belongings() {
  const settings = Object.fromEntries(
    ["arp_ignore", "arp_filter", "arp_announce", "promote_secondaries"].map((name) => [`ipv4/conf/eth0/${name}`, "0"]),
  );
  const memory = () => ({ load: () => new Map<string, string>(), save: () => {} });
  return {
    ...{ sysctls: new MemorySysctls(settings), routes: new MemoryRoutes(), rules: new MemoryRules() },
    ...{ syncDaemons: new MemorySyncDaemons(), firewall: new MemoryFirewall() },
    ...{ ledger: memory(), syncDaemonNotes: memory() },
  };
}
