import { expect, test } from "bun:test";
import { Director } from "../../test/balancer/director.ts";
import { balancer, realServer, service, virtualServer } from "../../test/balancer/model-builders.ts";
import { ip } from "../base/address.ts";
import { seconds } from "../base/duration.ts";
import { OperationError } from "../base/errors.ts";
import type { BalancerModel, IpvsSettingsModel } from "../config/model.ts";
import type { IpvsTimeouts } from "../kernel/ipvs-timeouts.ts";
import { MemoryIpvsTimeouts } from "../kernel/memory/ipvs-timeouts.ts";
import { MemoryPacketMarks } from "../kernel/memory/packet-marks.ts";
import { formatMarkRule } from "../kernel/packet-marks.ts";
import { KernelSettings } from "./kernel-settings.ts";
import { Marks } from "./marks.ts";
import { Timeouts } from "./timeouts.ts";

const usual: IpvsTimeouts = { tcp: seconds(900), tcpFin: seconds(120), udp: seconds(300) };
const stranger = service("10.9.0.200");

/** A director whose kernel has settings besides the table, and a note that outlives the process. */
class World {
  readonly timeouts = new MemoryIpvsTimeouts();
  readonly director: Director;
  readonly marks = new MemoryPacketMarks();
  isMarked = false;
  noted: IpvsTimeouts | undefined;
  readonly note = {
    load: () => this.isMarked,
    save: (isThere: boolean) => {
      this.isMarked = isThere;
    },
  };

  constructor() {
    const former = {
      load: () => this.noted,
      save: (timeouts: IpvsTimeouts | undefined) => {
        this.noted = timeouts;
      },
    };
    this.director = new Director((report) => {
      const timeouts = new Timeouts({ port: this.timeouts, former, report });
      const marks = new Marks({ port: this.marks, note: this.note, report });
      return new KernelSettings({ namespace: { name: undefined }, timeouts, marks });
    });
  }

  apply(ipvs?: IpvsSettingsModel) {
    const model: BalancerModel = { ...balancer(virtualServer([realServer()])), ...(ipvs && { ipvs }) };
    return this.director.apply(model);
  }
}

test("timeouts are set, what was not mentioned stays, and a stop gives back what was there before", () => {
  const world = new World();
  expect(world.apply({ timeouts: { tcp: seconds(60) } })).toEqual([]);
  expect(world.timeouts.read()).toEqual({ ...usual, tcp: seconds(60) });
  world.apply({ timeouts: { udp: seconds(10) } });
  expect(world.timeouts.read()).toEqual({ ...usual, udp: seconds(10) });
  world.director.reconciler.stop({ keep: false });
  expect(world.timeouts.read()).toEqual(usual);
});

test("what was there before the first change comes back even after the process was replaced", () => {
  const world = new World();
  world.apply({ timeouts: { tcp: seconds(60) } });
  world.director.restart();
  world.apply({ timeouts: { tcp: seconds(61) } });
  world.apply();
  expect(world.timeouts.read()).toEqual(usual);
  expect(world.noted).toBeUndefined();
});

test("timeouts that nobody configured are never asked for", () => {
  const world = new World();
  world.timeouts.unavailable = new OperationError({ operation: "read", object: "timeouts", cause: { code: "EIO" } });
  expect(world.apply()).toEqual([]);
  world.director.clock.advance(seconds(60));
  expect(world.director.reconciler.stop({ keep: false })).toEqual([]);
});

test("timeouts that somebody else changes are reported and set again", () => {
  const world = new World();
  world.apply({ timeouts: { tcp: seconds(60) } });
  world.timeouts.write(usual);
  world.director.clock.advance(seconds(6));
  expect(world.timeouts.read().tcp).toBe(seconds(60));
  expect(world.director.happened("ipvs-drift").map(({ found, expected }) => [found, expected])).toEqual([
    ["tcp 900s tcp_fin 120s udp 300s", "tcp 60s tcp_fin 120s udp 300s"],
  ]);
});

test("a push that fails leaves the timeouts as they were", () => {
  const world = new World();
  world.apply({ timeouts: { tcp: seconds(60) } });
  world.director.ipvs.behaviour = { ...world.director.ipvs.behaviour, refuse: () => "ENOMEM" };
  const wider = {
    ...balancer(virtualServer([realServer(), realServer("10.9.0.12")])),
    ipvs: { timeouts: { tcp: seconds(5) } },
  };
  expect(world.director.apply(wider)).not.toEqual([]);
  expect(world.timeouts.read().tcp).toBe(seconds(60));
});

test("the namespace of IPVS cannot change while the process runs, and the refusal says what to do", () => {
  const world = new World();
  world.apply({ networkNamespace: "lb" });
  const [failure] = world.apply({ networkNamespace: "other" });
  expect(failure?.cause.text).toContain("stop the agent and start it again");
  expect(world.director.reconciler.running?.ipvs?.networkNamespace).toBe("lb");
});

test("a flush at the start removes what is not configured and touches nothing that is right", () => {
  const world = new World();
  world.director.ipvs.apply([
    { kind: "add-service", service: stranger },
    { kind: "add-service", service: service() },
    { kind: "add-destination", key: service().key, destination: realServer() },
  ]);
  world.director.asked();
  world.apply({ flushAtStart: true });
  expect(world.director.asked()).toEqual(["remove-service tcp 10.9.0.200:80"]);
});

test("a stop removes services of others only where that is configured", () => {
  for (const flushAtStop of [true, false]) {
    const world = new World();
    world.apply({ flushAtStop });
    world.director.ipvs.apply([{ kind: "add-service", service: stranger }]);
    world.director.reconciler.stop({ keep: false });
    expect(world.director.table().size).toBe(flushAtStop ? 0 : 1);
  }
});

/** The FTP service of one address: the control port and a range for data. */
function ftp(...ports: { readonly from: number; readonly to: number }[]): BalancerModel {
  const marked = virtualServer(
    [realServer()],
    service("10.9.0.100", { key: { kind: "mark", mark: 21, family: "ipv4" } }),
  );
  const addresses = { first: ip("10.9.0.100"), last: ip("10.9.0.100") };
  return balancer({ ...marked, markedTraffic: [{ addresses, protocol: "tcp", ports }] });
}
const control = { from: 21, to: 21 };
const data = { from: 10_000, to: 10_100 };
const rules = (world: World) => world.marks.read()?.map(formatMarkRule);

test("packets are marked as the virtual servers of marks say, what is right is not written again, and a stop removes the table", () => {
  const world = new World();
  expect(world.director.apply(ftp(control, data))).toEqual([]);
  expect(rules(world)).toEqual(["tcp 10.9.0.100 ports 21 mark 21", "tcp 10.9.0.100 ports 10000-10100 mark 21"]);
  world.director.apply(ftp(control, data));
  world.director.restart();
  world.director.apply(ftp(control, data));
  expect(world.marks.writes).toBe(1);
  world.director.apply(ftp(control));
  expect(rules(world)).toEqual(["tcp 10.9.0.100 ports 21 mark 21"]);
  world.director.reconciler.stop({ keep: false });
  expect(rules(world)).toBeUndefined();
});

test("a table that a process before has left goes when nothing is to be marked any more", () => {
  const world = new World();
  world.director.apply(ftp(control));
  world.director.restart();
  world.apply();
  expect(rules(world)).toBeUndefined();
  expect(world.isMarked).toBe(false);
});

test("where nothing is marked the packet filter is never asked", () => {
  const world = new World();
  expect(world.apply()).toEqual([]);
  world.director.clock.advance(seconds(60));
  expect(world.director.reconciler.stop({ keep: false })).toEqual([]);
  expect([world.marks.reads, world.marks.writes]).toEqual([0, 0]);
});

test("rules that somebody else removes are reported and written again", () => {
  const world = new World();
  world.director.apply(ftp(control));
  world.marks.write([]);
  world.director.clock.advance(seconds(6));
  expect(rules(world)).toEqual(["tcp 10.9.0.100 ports 21 mark 21"]);
  expect(world.director.happened("ipvs-drift")).toEqual([
    {
      ...{ kind: "ipvs-drift", object: "table inet vipward_marks" },
      ...{ found: "nothing", expected: "tcp 10.9.0.100 ports 21 mark 21" },
    },
  ]);
});

test("a kernel without nftables refuses the push that needs it, and the former configuration stays", () => {
  const world = new World();
  world.apply();
  world.marks.hasNftables = false;
  expect(world.director.apply(ftp(control)).map(({ cause }) => cause.code)).toContain("EOPNOTSUPP");
  expect(world.director.destinations()).toEqual(["10.9.0.11:80 weight 1"]);
  expect(world.apply({ flushAtStop: true })).toEqual([]);
  expect(world.director.reconciler.stop({ keep: false })).toEqual([]);
});
