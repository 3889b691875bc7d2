import { expect, test } from "bun:test";
import { Capture, type VrrpFrame } from "../support/capture.ts";
import { Client, longestOutage, tally } from "../support/client.ts";
import type { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { layPair, type Pair, url, virtualAddress } from "./pair.ts";

/** The guest's pace is not a host's; what this still tells apart is whole intervals. */
const graceMs = 900;

/** Starts both directors and waits until the better one is master and both tables are whole. */
async function startBoth({ lb1, lb2 }: Pair): Promise<void> {
  await Promise.all([lb1.start().ready(), lb2.start().ready()]);
  await lb1.becomesMaster(virtualAddress.direct);
  const whole = (director: Director) => director.destinations() === 8;
  await until(() => whole(lb1) && whole(lb2), { what: "both directors have the whole table" });
}

/** The first advertisement of a source with a priority other than 0. */
function advertisementOf(source: string): (frame: { kind: string }) => frame is VrrpFrame {
  return (frame): frame is VrrpFrame =>
    frame.kind === "vrrp" && (frame as VrrpFrame).source === source && (frame as VrrpFrame).priority > 0;
}

test.skipIf(!kernelHasIpvs)(
  "when all of the master is killed the backup takes over within three intervals and the skew time, serves, and gives way when the first is back",
  async () => {
    const pair = await layPair("kill");
    await using _ = pair.network;
    const { lb1, lb2 } = pair;
    await startBoth(pair);
    const capture = await Capture.start(pair.network, "client");
    const client = Client.start(pair.network, "client", url.direct, { perSecond: 20, limitMs: 500 });
    await client.next(10);
    const last = await capture.waitFor(advertisementOf("10.9.0.1"), { what: "the master advertises" });

    lb1.killEverything();
    const first = await capture.waitFor(advertisementOf("10.9.0.2"), {
      what: "the backup advertises",
      since: last.at,
      timeoutMs: 20_000,
    });
    const lastOfOld = capture.frames().filter(advertisementOf("10.9.0.1")).at(-1);
    // Priority 50: 3 × 1 s + 206/256 s after the last advertisement heard. One interval more would make it 4.8 s.
    const gap = first.at - (lastOfOld?.at ?? 0);
    expect(gap).toBeGreaterThan(3800);
    expect(gap).toBeLessThan(3805 + graceMs);
    await lb2.becomesMaster(virtualAddress.direct);
    expect(tally(await client.next(20)).r1 ?? 0).toBeGreaterThan(10);
    // The dead director's kernel goes on forwarding for as long as its addresses are leased: the client may miss less than the protocol's gap.
    const outage = longestOutage(client.requests());
    console.log(
      `kill -9 of the master: the client was without service for ${outage.toFixed(0)} ms, the protocol's gap was ${gap.toFixed(0)} ms`,
    );
    expect(outage).toBeLessThan(3805 + 2500);

    lb1.start();
    await until(() => lb1.holds(virtualAddress.direct) && !lb2.holds(virtualAddress.direct), {
      what: "lb1 is master again",
      timeoutMs: 30_000,
    });
    expect((await client.next(20)).filter(({ ok }) => !ok)).toEqual([]);
    await client.stop();
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a master that is asked to stop says so, and the backup takes over after the skew time alone",
  async () => {
    const pair = await layPair("stop");
    await using _ = pair.network;
    const { lb1, lb2 } = pair;
    await startBoth(pair);
    const capture = await Capture.start(pair.network, "client");
    const client = Client.start(pair.network, "client", url.direct, { perSecond: 20, limitMs: 500 });
    await client.next(10);

    expect(lb1.cli("stop")).toMatchObject({ code: 0 });
    const resigned = await capture.waitFor((frame) => frame.kind === "vrrp" && frame.priority === 0, {
      what: "the master resigns",
    });
    const first = await capture.waitFor(advertisementOf("10.9.0.2"), {
      what: "the backup advertises",
      since: resigned.at,
    });
    expect(first.at - resigned.at).toBeGreaterThan(800);
    expect(first.at - resigned.at).toBeLessThan(805 + graceMs);
    await lb2.becomesMaster(virtualAddress.direct);
    await client.next(20);
    const outage = longestOutage(await client.stop());
    console.log(`vipward stop on the master: the client was without service for ${outage.toFixed(0)} ms`);
    expect(outage).toBeLessThan(805 + 2500);

    expect(await lb1.exited).toBe(0);
    expect(Object.values(virtualAddress).filter((address) => lb1.holds(address))).toEqual([]);
    expect(lb1.table()).toEqual([]);
    expect([lb1.pid("vrrp"), lb1.pid("checkers")]).toEqual([undefined, undefined]);
  },
  LAB_TEST_TIMEOUT_MS,
);
