import { expect, test } from "bun:test";
import { type Instant, instant, milliseconds } from "../../../base/duration.ts";
import { delayLink, type LinkDelay } from "./link-delay.ts";

const delays = { interface: "eth0", down: milliseconds(100), up: milliseconds(300) };

/** How the link counts after each of the changes, given as time and whether it is up. */
function counted(...changes: readonly (readonly [number, boolean])[]): boolean[] {
  let state: LinkDelay | undefined;
  return changes.map(([at, isUp]) => {
    state = delayLink(state, isUp, delays, instant(at));
    return state.up;
  });
}

test("a link that is first seen counts as it is", () => expect(counted([0, false])).toEqual([false]));

test("a link that stays down counts as down after the delay, and as up after the other", () => {
  expect(counted([0, true], [10, false], [109, false], [110, false], [200, true], [499, true], [500, true])).toEqual([
    ...[true, true, true, false],
    ...[false, false, true],
  ]);
});

test("a link that flaps within the delay stays what it was, and the delay begins anew", () => {
  expect(counted([0, true], [10, false], [90, true], [100, false], [190, false], [200, false])).toEqual([
    ...[true, true, true, true, true],
    false,
  ]);
});

test("who waits is told until when", () => {
  expect(delayLink({ up: true, changesAt: undefined }, false, delays, instant(10)).changesAt).toBe(
    instant(110) as Instant,
  );
});
