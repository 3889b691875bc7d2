import { describe, expect, test } from "bun:test";
import { Life, master } from "../../../test/rfc/advertising.ts";
import { ip } from "../../base/address.ts";
import { instant, milliseconds } from "../../base/duration.ts";
import { seededRandom } from "../../base/random.ts";
import { forecast, namedDeadlines } from "./forecast.ts";
import type { Peer } from "./instance-state.ts";

function told(life: Life, ...peers: readonly Peer[]): string {
  return forecast(life.config, life.state, peers, life.now).text;
}

const peer = (address: string, priority: number): Peer => ({ address: ip(address), priority, heardAt: instant(0) });

test("a member of a sync group is foretold to wait for the others, at no certain time", () => {
  const life = new Life().startup().hears(200);
  expect(forecast(life.config, life.state, [], life.now, true)).toEqual({
    text: "if 192.0.2.20 (priority 200) went silent now, would become master in 3.609s, and not before the others of its sync group are ready, too",
  });
});

describe("what would happen if the master went silent now", () => {
  test.each([
    ["no master was heard: becomes master in 3.609s", () => new Life().startup()],
    [
      "if 192.0.2.20 (priority 200) went silent now, would become master in 3.609s",
      () => new Life().startup().hears(200),
    ],
    ["192.0.2.20 has resigned: becomes master in 609ms", () => new Life().startup().hears(200).hears(0)],
    ["takes over from 192.0.2.20, whose priority 50 is lower, in 3.609s", () => new Life().startup().hears(50)],
    [
      "if 192.0.2.20 (priority 50) went silent now, would become master in 3.609s",
      () => new Life({ preempt: false }).startup().hears(50),
    ],
    [
      "takes over from 192.0.2.20, whose priority 50 is lower, in 3.004s",
      () =>
        new Life({ priority: 255, preempt: false })
          .on({ kind: "takeover-refused", source: ip("192.0.2.10") })
          .hears(50),
    ],
    ["takes no part", () => new Life()],
    [
      "takes no part; when nothing is missing any more listens for 3.609s and becomes master if it hears none",
      () =>
        new Life({ initialState: "master" })
          .startup()
          .on({ kind: "environment-changed", environment: { ready: false, missing: "link" } }),
    ],
    [
      "begins in 5s: becomes master at once, as the address owner",
      () => {
        const environment = { ready: true, source: ip("192.0.2.10") } as const;
        return new Life({ priority: 255 }).on({ kind: "startup", environment, notBefore: instant(5000) });
      },
    ],
  ] as const)("%s", (text, live) => {
    expect(told(live())).toBe(text);
  });

  test("a master names the best of those it has heard, or the bounds", () => {
    const others = [peer("192.0.2.20", 90), peer("192.0.2.21", 99), peer("192.0.2.22", 0)];
    expect(told(master(), ...others)).toBe(
      "if this director went silent now, 192.0.2.21 (priority 99 when it was last heard) would take over after 3.613s",
    );
    expect(told(master())).toContain("after 3.008s (priority 254) to 3.996s (priority 1)");
  });
});

test("whatever was heard: a backup that hears nothing more is master exactly when it was foretold", () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = seededRandom(seed);
    const any = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
    const preempt = { preempt: any(true, false), preemptDelay: milliseconds(any(0, 0, 5000)) };
    const life = new Life({ ...preempt, version: any(2, 3), downTimerAdverts: any(1, 3, 5) }).startup();
    for (let count = 0; count < 6; count += 1) {
      life.now = instant(life.now + random() * 500);
      if (life.state.kind === "backup")
        life.hears(any(0, 50, 100, 200), any("192.0.2.20", "192.0.2.2"), milliseconds(any(100, 1000)));
    }
    const { masterAt } = forecast(life.config, life.state, [], life.now);
    life.untilDeadline();
    expect([seed, life.state.kind, life.now]).toEqual([seed, "master", masterAt ?? instant(-1)]);
  }
});

test("the deadlines are those of the state", () => {
  expect(namedDeadlines(new Life().startup().state)).toEqual([{ name: "master down", at: instant(3609.375) }]);
  expect(namedDeadlines(master().state).map(({ name }) => name)).toEqual(["advertisement"]);
});
