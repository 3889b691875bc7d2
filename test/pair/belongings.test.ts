// What a director has in its kernel besides addresses: with its master, and with nobody else.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpModel } from "../../agent/config/model.ts";
import type { RouteModel, RuleModel } from "../../agent/config/model-routing.ts";
import { MemoryFirewall } from "../../agent/kernel/memory/firewall.ts";
import { MemoryRoutes, MemoryRules } from "../../agent/kernel/memory/routing.ts";
import { MemorySyncDaemons } from "../../agent/kernel/memory/sync-daemons.ts";
import { MemorySysctls } from "../../agent/kernel/memory/sysctls.ts";
import { mainTable } from "../../agent/kernel/routes.ts";
import { eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

const route: RouteModel = {
  family: "ipv4",
  kind: "unicast",
  destination: { address: ip("10.1.0.0"), prefixLength: 16 },
  table: mainTable,
  tos: 0,
  metric: 0,
  scope: 0,
  nextHops: [{ via: ip("10.9.0.254"), interface: "eth0", weight: 1, onlink: false }],
  metrics: {},
  locked: [],
};
const rule: RuleModel = { family: "ipv4", priority: 100, action: "lookup", table: 100, tos: 0 };

const settings = Object.fromEntries(
  ["arp_ignore", "arp_filter", "arp_announce"].map((name) => [`ipv4/conf/eth0/${name}`, "0"]),
);

function memory() {
  let known: ReadonlyMap<string, string> = new Map();
  return {
    load: () => known,
    save: (map: ReadonlyMap<string, string>) => {
      known = new Map(map);
    },
  };
}

function world(model: VrrpModel = vrrpModel(instanceModel({ routes: [route], rules: [rule] }))) {
  const segment = new Segment();
  const director = segment.add(1, model);
  const ports = {
    sysctls: new MemorySysctls(settings),
    routes: new MemoryRoutes(),
    rules: new MemoryRules(),
    syncDaemons: new MemorySyncDaemons(),
    firewall: new MemoryFirewall(),
  };
  director.belongings = { ...ports, ledger: memory(), syncDaemonNotes: memory() };
  const has = () => [ports.routes.objects.length, ports.rules.objects.length];
  const said = () =>
    director.events.flatMap((one) => (one.kind === "belonging-changed" ? [`${one.belonging} ${one.change}`] : []));
  return { segment, director, has, said, ...ports };
}

function better(segment: Segment) {
  return segment.add(2, vrrpModel(instanceModel({ priority: 200 })));
}

describe("routes and rules of an instance", () => {
  test("come when it is master, after the addresses, and go before them when it is not", () => {
    const { segment, director, has, said } = world();
    director.start();
    expect(has()).toEqual([0, 0]);
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), has()]).toEqual(["master", [1, 1]]);
    expect(director.driver?.state()[0]?.belongings).toEqual([
      { kind: "route", object: "10.1.0.0/16 via 10.9.0.254 dev eth0", present: true },
      { kind: "rule", object: "100: from all lookup 100", present: true },
    ]);
    better(segment).start();
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), has()]).toEqual(["backup", [0, 0]]);
    expect(said()).toEqual(["route added", "rule added", "rule removed", "route removed"]);
  });

  test("go with a fault and with a stop", () => {
    for (const end of ["fault", "stop"] as const) {
      const { segment, director, has } = world();
      director.start();
      segment.clock.advance(seconds(1));
      expect(has()).toEqual([1, 1]);
      if (end === "stop") director.stop();
      else director.links.setLink(eth0, { running: false });
      segment.clock.advance(milliseconds(1));
      expect(has()).toEqual([0, 0]);
    }
  });

  test("that a dead process has left stay with a resumed master, and go from anybody else", () => {
    const { segment, director, has, said, routes } = world();
    director.start();
    segment.clock.advance(seconds(1));
    director.kill();
    director.events.length = 0;
    director.start();
    segment.clock.advance(milliseconds(1));
    expect([director.stateOf(), has(), said()]).toEqual(["master", [1, 1], []]);
    director.kill();
    better(segment).start();
    segment.clock.advance(seconds(1));
    director.start();
    expect([director.stateOf(), has()]).toEqual(["backup", [0, 0]]);
    expect(routes.objects).toEqual([]);
  });

  test("that a dead process has left go with its addresses when another comes only to stop", () => {
    const { segment, director, has } = world();
    director.start();
    segment.clock.advance(seconds(1));
    director.kill();
    expect([director.held(), has()]).toEqual([[ip("10.9.0.100")], [1, 1]]);
    director.startAndStop();
    expect([director.held(), has()]).toEqual([[], [0, 0]]);
  });

  test("that the configuration no longer has go, and those that move to another instance are never gone", () => {
    const { segment, director, has, routes } = world();
    director.start();
    segment.clock.advance(seconds(1));
    const removed: unknown[] = [];
    routes.refuse = (object) => void removed.push(object);
    const other = { name: "other", virtualRouterId: 52, priority: 255 };
    const virtualAddresses = [{ address: ip("10.9.0.101"), prefixLength: 24, interface: "eth0" }];
    director.configure(
      vrrpModel(instanceModel({ rules: [rule] }), instanceModel({ ...other, virtualAddresses, routes: [route] })),
    );
    expect([has(), removed]).toEqual([[1, 1], []]);
    director.configure(vrrpModel(instanceModel()));
    expect(has()).toEqual([0, 0]);
  });

  test("stay when their instance is only renamed", () => {
    const { segment, director, has, said } = world();
    director.start();
    segment.clock.advance(seconds(1));
    director.events.length = 0;
    director.configure(vrrpModel(instanceModel({ name: "renamed", routes: [route], rules: [rule] })));
    expect([director.stateOf("renamed"), has(), said()]).toEqual(["master", [1, 1], []]);
  });

  test("that somebody removes are put back and reported, unless they are not tracked", async () => {
    for (const untracked of [false, true]) {
      const { segment, director, has, said, routes } = world(
        vrrpModel(instanceModel({ routes: [{ ...route, untracked }] })),
      );
      director.start();
      segment.clock.advance(seconds(1));
      routes.disturb(routes.objects[0] as (typeof routes.objects)[0]);
      await Promise.resolve();
      segment.clock.advance(seconds(5));
      expect([director.stateOf(), has()]).toEqual(["master", [untracked ? 0 : 1, 0]]);
      expect(said()).toEqual(["route added", "route lost", ...(untracked ? [] : ["route added"])]);
    }
  });

  test("that the kernel refuses are tried again every second", () => {
    const { segment, director, has, routes } = world();
    routes.refuse = () => "ENETUNREACH";
    director.start();
    segment.clock.advance(seconds(1));
    expect(has()).toEqual([0, 1]);
    routes.refuse = () => undefined;
    segment.clock.advance(seconds(1));
    expect(has()).toEqual([1, 1]);
  });

  test("of an interface that is not there wait for it", () => {
    const nextHops = [{ interface: "eth7", weight: 1, onlink: false }];
    const { segment, director, has } = world(vrrpModel(instanceModel({ routes: [{ ...route, nextHops }] })));
    director.start();
    segment.clock.advance(seconds(1));
    expect(has()).toEqual([0, 0]);
    director.links.setLink(7, { name: "eth7" });
    director.links.overrun();
    segment.clock.advance(seconds(1));
    expect(has()).toEqual([1, 0]);
  });
});

describe("static objects", () => {
  const address = { address: ip("10.6.0.1"), prefixLength: 24, interface: "eth0" };
  const statics = { addresses: [address], routes: [route], rules: [rule] };

  test("are there whoever is master, are renewed and put back, and go with a stop", () => {
    const { segment, director, has, said } = world({ ...vrrpModel(instanceModel()), static: statics });
    better(segment).start();
    segment.clock.advance(seconds(1));
    director.start();
    segment.clock.advance(seconds(60));
    expect([director.stateOf(), has(), director.links.has(address.address)]).toEqual(["backup", [1, 1], true]);
    director.links.disturb({ linkIndex: eth0, ...address });
    segment.clock.advance(seconds(1));
    expect(director.links.has(address.address)).toBe(true);
    director.stop();
    expect([has(), director.links.has(address.address)]).toEqual([[0, 0], false]);
    expect(said()).toContain("address lost");
  });

  test("that are addresses go by themselves when nobody is left to renew them", () => {
    const { segment, director } = world({ ...vrrpModel(instanceModel()), static: statics });
    director.start();
    segment.clock.advance(seconds(1));
    director.kill();
    segment.clock.advance(seconds(11));
    expect(director.links.has(address.address)).toBe(false);
  });
});

describe("the sync daemon", () => {
  const syncDaemon = { interface: "eth0", id: 51, instance: "web" };

  test("is backup with its instance and master with it, is started again when somebody stops it, and ends with a stop", () => {
    const { segment, director, syncDaemons, said } = world({ ...vrrpModel(instanceModel()), syncDaemon });
    const states = () => syncDaemons.daemons().map(({ state }) => state);
    director.start();
    segment.clock.advance(milliseconds(1));
    expect(states()).toEqual(["backup"]);
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), states()]).toEqual(["master", ["master"]]);
    syncDaemons.stop("master");
    segment.clock.advance(seconds(10));
    expect(states()).toEqual(["master"]);
    expect(said()).toContain("sync-daemon lost");
    director.stop();
    expect(states()).toEqual([]);
  });

  test("that a dead process has left ends with the next one unless that wants it, and one of somebody else stays", () => {
    const { segment, director, syncDaemons } = world({ ...vrrpModel(instanceModel()), syncDaemon });
    director.start();
    segment.clock.advance(seconds(1));
    director.kill();
    syncDaemons.start({ state: "backup", interface: "eth1", id: 3 });
    director.model = vrrpModel(instanceModel());
    director.start();
    segment.clock.advance(seconds(1));
    expect(syncDaemons.daemons()).toEqual([{ state: "backup", interface: "eth1", id: 3 }]);
  });

  test("runs in the network namespace of IPVS, and what is left in another one is ended there", () => {
    const { segment, director, syncDaemons } = world({
      ...vrrpModel(instanceModel()),
      syncDaemon: { ...syncDaemon, networkNamespace: "lb" },
    });
    const statesIn = (namespace: string | undefined) => {
      syncDaemons.enter(namespace);
      return syncDaemons.daemons().map(({ state }) => state);
    };
    director.start();
    segment.clock.advance(seconds(1));
    expect([statesIn(undefined), statesIn("lb")]).toEqual([[], ["master"]]);
    director.kill();
    director.model = { ...vrrpModel(instanceModel()), syncDaemon };
    director.start();
    segment.clock.advance(seconds(1));
    expect([statesIn("lb"), statesIn(undefined).length]).toEqual([[], 1]);
    director.kill();
    director.model = vrrpModel(instanceModel());
    director.start();
    segment.clock.advance(seconds(1));
    expect(statesIn(undefined)).toEqual([]);
  });

  test("without an instance runs in both states", () => {
    const { segment, director, syncDaemons } = world({
      ...vrrpModel(instanceModel()),
      syncDaemon: { interface: "eth0", id: 0 },
    });
    director.start();
    segment.clock.advance(seconds(1));
    expect(syncDaemons.daemons().map(({ state }) => state)).toEqual(["master", "backup"]);
  });
});

describe("packets to addresses that are not accepted", () => {
  const closed = () => world(vrrpModel(instanceModel({ accept: false })));

  test("are dropped while the instance is master, and only then", () => {
    const { segment, director, firewall } = closed();
    director.start();
    segment.clock.advance(milliseconds(1));
    expect(firewall.table).toBeUndefined();
    segment.clock.advance(seconds(1));
    expect(firewall.table).toEqual({ unaccepted: [ip("10.9.0.100")], quietLinks: [] });
    expect(director.driver?.state()[0]?.belongings?.[0]).toMatchObject({ kind: "firewall", present: true });
    better(segment).start();
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), firewall.read()]).toEqual(["backup", undefined]);
  });

  test("are dropped again when somebody has removed the table, and no table is left by a stop", () => {
    const { segment, director, firewall, said } = closed();
    director.start();
    segment.clock.advance(seconds(1));
    firewall.table = undefined;
    segment.clock.advance(seconds(6));
    expect(firewall.read()).toEqual({ unaccepted: [ip("10.9.0.100")], quietLinks: [] });
    expect(said()).toContain("firewall lost");
    director.stop();
    expect(firewall.table).toBeUndefined();
  });

  test("are accepted by a kernel without nftables, which is said and tried again", () => {
    const { segment, director, firewall } = closed();
    firewall.refuse = () => "EOPNOTSUPP";
    director.start();
    segment.clock.advance(seconds(1));
    expect(director.driver?.state()[0]).toMatchObject({ state: "master", belongings: [{ present: false }] });
    firewall.refuse = () => undefined;
    segment.clock.advance(seconds(11));
    expect(firewall.table).toEqual({ unaccepted: [ip("10.9.0.100")], quietLinks: [] });
  });
});

describe("static objects of a track group", () => {
  const address = { address: ip("10.6.0.1"), prefixLength: 24, interface: "eth1" };
  const objects = { addresses: [address], routes: [], rules: [rule] };
  const trackers = [{ kind: "track-group", name: "fixed", weight: 0, reverse: false }] as const;
  const followed = () =>
    world({
      ...vrrpModel(instanceModel({ trackers })),
      static: { ...objects, trackGroups: [{ name: "fixed", ...objects }] },
    });

  test("put their instances in fault while one cannot be there, and let them go on when it can", () => {
    const { segment, director } = followed();
    director.start();
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), director.driver?.state()[0]?.reason]).toEqual([
      "fault",
      'tracked track-group "fixed" is without static address 10.6.0.1/24',
    ]);
    director.links.setLink(3, { name: "eth1" });
    segment.clock.advance(seconds(3));
    expect(director.stateOf()).toBe("master");
    expect(director.driver?.staticObjects()).toEqual([
      { kind: "address", object: "10.6.0.1/24 on eth1", present: true },
      { kind: "rule", object: "100: from all lookup 100", present: true },
    ]);
  });

  test("that somebody removes are put back, and the mastership stays", async () => {
    const { segment, director, rules } = followed();
    director.links.setLink(3, { name: "eth1" });
    director.start();
    segment.clock.advance(seconds(1));
    expect(director.stateOf()).toBe("master");
    director.events.length = 0;
    rules.disturb(rule);
    await Promise.resolve();
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), rules.objects.length]).toEqual(["master", 1]);
    expect(director.events.filter(({ kind }) => kind === "vrrp-state-changed")).toEqual([]);
  });

  test("that somebody removes and that cannot be put back are a fault", async () => {
    const { segment, director, rules } = followed();
    director.links.setLink(3, { name: "eth1" });
    director.start();
    segment.clock.advance(seconds(1));
    rules.refuse = () => "EPERM";
    rules.disturb(rule);
    await Promise.resolve();
    segment.clock.advance(milliseconds(10));
    expect(director.stateOf()).toBe("fault");
    rules.refuse = () => undefined;
    segment.clock.advance(seconds(3));
    expect(director.stateOf()).toBe("master");
  });
});

describe("the link of a virtual MAC", () => {
  const virtualLink = {
    instance: "web",
    kind: "macvlan",
    interface: "vrrp.51",
    parent: "eth0",
    family: "ipv4",
    advertisesOnParent: true,
    hardwareAddress: "00:00:5e:00:01:33",
  } as const;
  const virtualAddresses = [{ address: ip("10.9.0.100"), prefixLength: 32, interface: "vrrp.51" }];
  const withLink = () => world(vrrpModel(instanceModel({ virtualLink, virtualAddresses })));
  const linkOf = ({ director }: ReturnType<typeof world>) =>
    director.links.links().find(({ name }) => name === "vrrp.51");

  test("is there before its instance is master, has the addresses of the master, and goes with a stop", () => {
    const here = withLink();
    here.director.start();
    expect(linkOf(here)?.hardwareAddress.toHex()).toBe("00005e000133");
    here.segment.clock.advance(seconds(1));
    expect(here.director.links.has(ip("10.9.0.100"), linkOf(here)?.index)).toBe(true);
    here.director.stop();
    expect(linkOf(here)).toBeUndefined();
    expect(here.sysctls.values.get("ipv4/conf/eth0/arp_ignore")).toBe("0");
  });

  test("that somebody removes is made again, with its addresses, and the mastership stays", () => {
    const here = withLink();
    here.director.start();
    here.segment.clock.advance(seconds(1));
    const before = linkOf(here)?.index ?? 0;
    here.director.events.length = 0;
    here.director.links.removeLink(before);
    here.segment.clock.advance(seconds(1));
    expect(here.director.links.has(ip("10.9.0.100"), linkOf(here)?.index)).toBe(true);
    expect(here.director.events.some(({ kind }) => kind === "vrrp-state-changed")).toBe(false);
    expect(here.said()).toEqual(["link lost", "link added"]);
  });

  test("that a dead process has left is taken over as it is, and goes when nobody wants it any more", () => {
    const here = withLink();
    here.director.start();
    here.segment.clock.advance(seconds(1));
    const before = linkOf(here)?.index;
    here.director.kill();
    here.director.start();
    expect([linkOf(here)?.index, here.director.stateOf()]).toEqual([before, "master"]);
    here.director.kill();
    here.director.model = vrrpModel(instanceModel());
    here.director.start();
    expect(linkOf(here)).toBeUndefined();
  });

  test("does not take the place of an interface of that name that is not ours, and waits for the interface below it", () => {
    const here = withLink();
    here.director.links.setLink(9, { name: "vrrp.51" });
    here.director.start();
    expect(linkOf(here)?.virtual).toBeUndefined();
    here.director.links.removeLink(9);
    here.director.links.overrun();
    here.segment.clock.advance(seconds(2));
    expect(linkOf(here)?.virtual).toEqual({ kind: "macvlan", parentIndex: eth0 });
  });

  test("lets its settings be seen with the instance", () => {
    const here = withLink();
    here.director.start();
    expect(here.director.driver?.state()[0]?.belongings).toContainEqual({
      ...{ kind: "setting", present: true, object: "ipv4/conf/eth0/arp_ignore = 1, was 0" },
    });
  });

  test("is silenced before it is made when it is one of IPv6, and until it is gone", () => {
    const ipv6 = { ...virtualLink, interface: "vrrp6.51", family: "ipv6" } as const;
    const addresses = [{ address: ip("fe80::100"), prefixLength: 64, interface: "vrrp6.51" }];
    const group = ip("ff02::12");
    const here = world(
      vrrpModel(
        instanceModel({ family: "ipv6", multicastGroup: group, virtualLink: ipv6, virtualAddresses: addresses }),
      ),
    );
    const made: unknown[] = [];
    here.director.links.refuse = (call) => {
      if (call === "make link") made.push([call, here.firewall.table?.quietLinks]);
      return undefined;
    };
    here.director.start();
    here.director.stop();
    expect(made).toEqual([["make link", ["vrrp6.51"]]]);
    expect(here.firewall.table).toBeUndefined();
    expect(here.said()).toEqual(["firewall added", "link added", "link removed", "firewall removed"]);
  });

  test("of a single address is made on the interface that the address would be on, and goes with it", () => {
    const addressLinks = [{ ...virtualLink, interface: "vrrp.51.eth0", parent: "eth0" }];
    const addresses = [
      { address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0" },
      { address: ip("10.9.0.101"), prefixLength: 24, interface: "vrrp.51.eth0" },
    ];
    const here = world(vrrpModel(instanceModel({ addressLinks, virtualAddresses: addresses })));
    const index = () => here.director.links.links().find(({ name }) => name === "vrrp.51.eth0")?.index;
    here.director.start();
    here.segment.clock.advance(seconds(1));
    expect(here.director.stateOf()).toBe("master");
    expect(here.director.links.has(ip("10.9.0.101"), index())).toBe(true);
    here.director.configure(vrrpModel(instanceModel()));
    expect([index(), here.director.stateOf()]).toEqual([undefined, "master"]);
  });
});
