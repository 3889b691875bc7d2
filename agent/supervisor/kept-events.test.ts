import { expect, test } from "bun:test";
import type { Event } from "../events/event.ts";
import { KeptEvents } from "./kept-events.ts";

const event: Event = { kind: "agent-stopping", reason: "test" };
const numbers = (kept: KeptEvents) => kept.all().map(({ number }) => number);

test("an event is kept until control has noted it, also when it was sent", () => {
  const kept = new KeptEvents();
  for (let count = 0; count < 3; count++) kept.add(event, 0);
  kept.sent();
  expect(numbers(kept)).toEqual([1, 2, 3]);
  kept.noted(2);
  expect(numbers(kept)).toEqual([3]);
});

test("of more than a thousand the oldest go, and those that nobody has heard of are counted", () => {
  const kept = new KeptEvents();
  for (let count = 0; count < 10; count++) kept.add(event, 0);
  kept.sent();
  for (let count = 0; count < 1005; count++) kept.add(event, 0);
  expect(numbers(kept)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 16));
  expect(kept.takeForgotten()).toBe(5);
  expect(kept.takeForgotten()).toBe(0);
});
