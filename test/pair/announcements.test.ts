import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import type { VrrpGeneralModel } from "../../agent/config/vrrp-general-model.ts";
import type { Traffic } from "../../agent/kernel/memory/wire.ts";
import { arpOperations, readArp } from "../../agent/vrrp/core/packets/arp.ts";
import { usualGratuitousArp } from "../support/vrrp-defaults.ts";
import { type Director, instanceModel, Segment, vrrpModel } from "./segment.ts";

const addresses = ["10.9.0.100", "10.9.0.101", "10.9.0.102"].map((text) => ({
  ...{ address: ip(text), prefixLength: 24, interface: "eth0" },
}));

/** A director that is about to take over, and what leaves it: at what time after the takeover. */
function alone(instance: Partial<VrrpInstanceModel>, general: Partial<VrrpGeneralModel> = {}) {
  const segment = new Segment();
  const model = vrrpModel(instanceModel({ priority: 150, virtualAddresses: addresses, ...instance }));
  const director = segment.add(1, { ...model, general: { ...model.general, ...general } }).start();
  const traffic: Traffic[] = [];
  segment.wire.watch((one) => traffic.push(one));
  segment.clock.advanceUntil(() => director.stateOf() === "master", seconds(1));
  const start = segment.clock.now();
  const times = (kind: Traffic["kind"]) => traffic.filter((one) => one.kind === kind).map(({ at }) => at - start);
  const operationsSent = () =>
    traffic.flatMap((one) => (one.kind === "frame" ? (readArp(one.frame)?.operation ?? []) : []));
  return { segment, director, times, operationsSent };
}

function sent(director: Director): number | undefined {
  return director.driver?.state()[0]?.counters.announcementsSent;
}

const once = usualGratuitousArp(1);

describe("announcements with a pace", () => {
  test("leave one after the other, the first at once", () => {
    const { segment, director, times } = alone({ gratuitousArp: once }, { garpInterval: milliseconds(30) });
    expect([times("frame"), sent(director)]).toEqual([[0], 1]);
    segment.clock.advance(seconds(1));
    expect([times("frame").map(Math.round), sent(director)]).toEqual([[0, 30, 60], 3]);
  });

  test("hold up no advertisement", () => {
    const { segment, times } = alone({ gratuitousArp: usualGratuitousArp(50) }, { garpInterval: milliseconds(7) });
    segment.clock.advance(milliseconds(950));
    expect(times("datagram").map(Math.round)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  test("of interfaces in a group keep the pace of the group", () => {
    const group = { interfaces: ["eth0", "eth1"], garpInterval: milliseconds(50), gnaInterval: milliseconds(0) };
    const { segment, times } = alone({ gratuitousArp: once }, { garpInterval: milliseconds(5), garpGroups: [group] });
    segment.clock.advance(seconds(1));
    expect(times("frame").map(Math.round)).toEqual([0, 50, 100]);
  });

  test("that wait do not leave any more when the master has yielded", () => {
    const { segment, director, times } = alone({ gratuitousArp: once }, { garpInterval: milliseconds(500) });
    segment.add(2, vrrpModel(instanceModel({ priority: 200, virtualAddresses: addresses }))).start();
    segment.clock.advanceUntil(() => director.stateOf() === "backup", seconds(2));
    const before = sent(director);
    segment.clock.advance(seconds(2));
    expect([before, sent(director), times("frame").length > 1]).toEqual([1, 1, true]);
  });

  test("go on by the new pace when it is changed, or at once when there is none any more", () => {
    const { segment, director, times } = alone({ gratuitousArp: once }, { garpInterval: seconds(50) });
    director.configure({ ...director.model, general: { ...director.model.general, garpInterval: milliseconds(0) } });
    segment.clock.advance(milliseconds(10));
    expect(times("frame").length).toBe(3);
  });
});

test("a lesser master is answered with as many announcements as are configured for it, and again after its delay", () => {
  const gratuitousArp = { ...once, lowerPriorityRepeat: 2, lowerPriorityDelay: milliseconds(50) };
  const { segment, director } = alone({ gratuitousArp });
  segment.wire.conditions = { ...segment.wire.conditions, joined: (from) => from === "d2" };
  const lesser = segment.add(2, vrrpModel(instanceModel({ priority: 50, virtualAddresses: addresses }))).start();
  segment.clock.advanceUntil(() => lesser.stateOf() === "master", seconds(1));
  segment.clock.advance(milliseconds(10));
  expect(sent(director)).toBe(3 + 6);
  segment.clock.advance(milliseconds(50));
  expect(sent(director)).toBe(3 + 12);
});

describe("announcements of IPv4 addresses", () => {
  test.each([
    ["request", [arpOperations.request]],
    ["reply", [arpOperations.reply]],
    ["both", [arpOperations.request, arpOperations.reply]],
  ] as const)("leave in the form that was configured: %s", (form, operations) => {
    const virtualAddresses = addresses.slice(0, 1);
    const { segment, operationsSent } = alone({ virtualAddresses, gratuitousArp: { ...once, form } });
    segment.clock.advance(milliseconds(50));
    expect(operationsSent()).toEqual([...operations]);
  });
});
