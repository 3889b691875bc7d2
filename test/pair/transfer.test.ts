// Mastership that an operator has given away: held back for a moment, and then behind all others.

import { expect, test } from "bun:test";
import { seconds } from "../../agent/base/duration.ts";
import { instanceModel, Segment, vrrpModel } from "./segment.ts";

const why = "given away by alice: kernel update";

/** Two directors, of which the first is master. */
function pair() {
  const segment = new Segment();
  const first = segment.add(1, vrrpModel(instanceModel({ priority: 150 }))).start();
  const second = segment.add(2, vrrpModel(instanceModel({ priority: 100 }))).start();
  segment.clock.advanceUntil(() => first.stateOf() === "master", seconds(2));
  return { segment, first, second };
}

test("a master that is held back yields at once, and says why", () => {
  const { segment, first, second } = pair();
  first.configure(vrrpModel(instanceModel({ priority: 150, heldBack: why })));
  expect(first.stateOf()).toBe("fault");
  expect(first.driver?.state()[0]?.reason).toContain(why);
  segment.clock.advanceUntil(() => second.stateOf() === "master", seconds(1));
});

test("one that is behind all others stays backup, and takes over when nobody else is left", () => {
  const { segment, first, second } = pair();
  first.configure(vrrpModel(instanceModel({ priority: 150, heldBack: why })));
  segment.clock.advanceUntil(() => second.stateOf() === "master", seconds(1));
  first.configure(vrrpModel(instanceModel({ priority: 1, preempt: false })));
  segment.clock.advance(seconds(5));
  expect([first.stateOf(), second.stateOf()]).toEqual(["backup", "master"]);
  second.kill();
  segment.clock.advanceUntil(() => first.stateOf() === "master", seconds(5));
});

test("when it is over, the configured priority decides again", () => {
  const { segment, first, second } = pair();
  first.configure(vrrpModel(instanceModel({ priority: 1, preempt: false })));
  segment.clock.advanceUntil(() => second.stateOf() === "master", seconds(5));
  first.configure(vrrpModel(instanceModel({ priority: 150 })));
  segment.clock.advanceUntil(() => first.stateOf() === "master", seconds(5));
});

test("a master announces its addresses when it is asked to, a backup does not", () => {
  const { segment, first, second } = pair();
  segment.clock.advance(seconds(10));
  const sent = () => first.driver?.state()[0]?.counters.announcementsSent ?? 0;
  const before = sent();
  expect(first.driver?.announce(first.driver.state()[0]?.name ?? "")).toBe(true);
  expect(sent()).toBeGreaterThan(before);
  expect(second.driver?.announce(second.driver.state()[0]?.name ?? "")).toBe(false);
});
