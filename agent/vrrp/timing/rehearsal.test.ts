import { expect, test } from "bun:test";
import { instanceModel } from "../../../test/pair/segment.ts";
import { ip } from "../../base/address.ts";
import { instant, milliseconds, seconds } from "../../base/duration.ts";
import type { Event } from "../../events/event.ts";
import { VirtualClock } from "../../kernel/memory/clock.ts";
import { VrrpDriver } from "../driver.ts";
import { playTakeover, Rehearsal } from "./rehearsal.ts";

function story(events: readonly Event[]): string[] {
  return events.map((event) =>
    event.kind === "address-changed" ? event.change : event.kind === "vrrp-state-changed" ? event.to : event.kind,
  );
}

test.each([
  ["version 3", {}],
  ["version 2", { version: 2, advertisementInterval: seconds(1) }],
  ["a preempt delay", { preemptDelay: seconds(300) }],
  ["a source address", { sourceAddress: ip("10.9.0.1") }],
  [
    "addresses on another interface",
    { virtualAddresses: [{ address: ip("10.8.0.1"), prefixLength: 32, interface: "eth1" }] },
  ],
  [
    "many addresses",
    {
      virtualAddresses: Array.from({ length: 200 }, (_, n) => ({
        address: ip(`10.9.1.${n}`),
        prefixLength: 32,
        interface: "eth0",
      })),
    },
  ],
] as const)("a rehearsal goes through the whole takeover with %s", (_, other) => {
  const events: Event[] = [];
  playTakeover(
    (stage) => new VrrpDriver(stage),
    instanceModel(other),
    (event) => events.push(event),
  );
  expect(story(events)).toEqual(["backup", "added", "master", "removed", "initialize"]);
});

test("is played once a second at most, and not when a deadline is near", () => {
  const clock = new VirtualClock();
  let played = 0;
  const rehearsal = new Rehearsal((stage) => {
    played += 1;
    return new VrrpDriver(stage);
  }, clock);
  const near = rehearsal.playIfDue(instanceModel(), instant(clock.now() + 1));
  const first = rehearsal.playIfDue(instanceModel(), undefined);
  clock.advance(milliseconds(999));
  const soon = rehearsal.playIfDue(instanceModel(), undefined);
  clock.advance(milliseconds(1));
  const later = rehearsal.playIfDue(instanceModel(), instant(clock.now() + 10));
  expect([near, first, soon, later, played]).toEqual([false, true, false, true, 2]);
});
