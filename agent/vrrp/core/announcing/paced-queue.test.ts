import { expect, test } from "bun:test";
import { type Instant, instant, milliseconds } from "../../../base/duration.ts";
import { PacedQueue } from "./paced-queue.ts";

/** Empties the queue as its deadlines come, and says when each left. */
function departures(queue: PacedQueue<number>): [Instant, number][] {
  const left: [Instant, number][] = [];
  for (let now = queue.nextDeadline(); now !== undefined; now = queue.nextDeadline())
    for (const item of queue.take(now)) left.push([now, item]);
  return left;
}

function queueOf(pace: number, ...items: readonly number[]): PacedQueue<number> {
  const queue = new PacedQueue<number>(milliseconds(pace));
  queue.add(items);
  return queue;
}

test("the first leaves at once, and each other a pace after the one before", () => {
  expect(departures(queueOf(10, 1, 2, 3))).toEqual([
    [instant(0), 1],
    [instant(10), 2],
    [instant(20), 3],
  ]);
});

test("the pace holds from the last of what was added before", () => {
  const queue = queueOf(10, 1);
  queue.take(instant(0));
  queue.add([2]);
  expect([queue.take(instant(9)), queue.take(instant(10))]).toEqual([[], [2]]);
});

test("who comes late does not catch up", () => {
  const queue = queueOf(10, 1, 2, 3);
  queue.take(instant(0));
  expect([queue.take(instant(35)), queue.take(instant(40)), queue.take(instant(45))]).toEqual([[2], [], [3]]);
});

test("a pace below a millisecond lets several leave each millisecond", () => {
  expect(departures(queueOf(0.4, 1, 2, 3)).map(([at]) => at)).toEqual([instant(0), instant(0), instant(0.8)]);
});

test("what is no longer wanted does not leave", () => {
  const queue = queueOf(10, 1, 2, 3);
  queue.take(instant(0));
  queue.drop((item) => item === 2);
  expect(departures(queue)).toEqual([[instant(10), 3]]);
});
