import { expect, test } from "bun:test";
import { until } from "../../test/support/until.ts";
import { Feed, type FeedItem } from "./feed.ts";

function item(sequence: number): FeedItem {
  return { kind: "removed", sequence, content: "checker", name: "" };
}

test.each([1, 200])("each of %d subscribers gets everything once and in order, whatever the rounds", async (count) => {
  const feed = new Feed();
  const subscriptions = Array.from({ length: count }, () => feed.subscribe(() => true));
  const lists = subscriptions.map((): number[] => []);
  const heard = subscriptions.map(async (subscription, place) => {
    const sequences = lists[place] ?? [];
    while (sequences.length < 100) {
      const taken = await subscription.take(60_000);
      if (typeof taken === "string") throw new Error(taken);
      for (const one of [taken, ...subscription.takeWaiting(15)])
        if (one.kind !== "event") sequences.push(one.sequence);
    }
    return sequences;
  });
  const sequences = Array.from({ length: 100 }, (_, sequence) => sequence);
  for (const sequence of sequences) {
    feed.publish(item(sequence));
    if (sequence % 7 === 0)
      await until(() => lists.at(-1)?.at(-1) === sequence, { what: `the last hears of ${sequence}`, everyMs: 1 });
  }
  for (const one of await Promise.all(heard)) expect(one).toEqual(sequences);
});

test("what comes while many are told goes to each in one piece afterwards", async () => {
  const feed = new Feed();
  const subscriptions = Array.from({ length: 200 }, () => feed.subscribe(() => true));
  const first = subscriptions.map((subscription) => subscription.take(60_000));
  feed.publish(item(1));
  feed.publish(item(2));
  expect(await first[199]).toEqual(item(1));
  expect(subscriptions[199]?.takeWaiting(9)).toEqual([item(2)]);
  const next = subscriptions.map((subscription) => subscription.take(60_000));
  feed.publish(item(3));
  feed.publish(item(4));
  expect(await next[0]).toEqual(item(2));
  expect(subscriptions[0]?.takeWaiting(9)).toEqual([item(3), item(4)]);
});

test("a subscriber that overflows among many is told at once", async () => {
  const feed = new Feed();
  for (let other = 0; other < 60; other++) feed.subscribe(() => true);
  const slow = feed.subscribe(() => true, { capacity: 1 });
  for (const sequence of [1, 2]) feed.publish(item(sequence));
  expect([await slow.take(0), await slow.take(0)]).toEqual([item(1), "overflow"]);
  expect(feed.size).toBe(60);
});

test("state is looked for while somebody wants to be told of it, and not for those who want events", () => {
  const feed = new Feed();
  const events = feed.subscribe(() => true, { eventsOnly: true });
  expect([feed.size, feed.isFollowed]).toEqual([1, false]);
  const follower = feed.subscribe(() => true);
  expect(feed.isFollowed).toBe(true);
  follower.close();
  expect([feed.size, feed.isFollowed]).toEqual([1, false]);
  events.close();
});
