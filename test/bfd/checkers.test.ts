// What the checkers process knows of sessions, over the real socket between the two processes, and what its probe makes of it.

import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { milliseconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import { SessionAnnouncer, SessionFeed } from "../../agent/bfd/session-talk.ts";
import type { SessionReading } from "../../agent/bfd/view.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { bfdProbe } from "../../agent/health/probes/bfd.ts";
import { until } from "../support/until.ts";

const up: SessionReading = { up: true, settled: true, reason: "is up" };
const down: SessionReading = { up: false, settled: true, reason: "was not heard for 50ms" };
const never = new AbortController().signal;
const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0).reverse()) end();
});

/** Both ends in a directory of their own. The vrrp process may be there or not. */
function ends() {
  const directory = mkdtempSync(join(tmpdir(), "bfd-"));
  const readings = new Map<string, SessionReading>();
  const feed = new SessionFeed(directory);
  endings.push(() => rmSync(directory, { recursive: true }));
  endings.push(() => feed.want(false));
  feed.want(true);
  const announcer = () => {
    const one = new SessionAnnouncer(directory, () => readings, silentLog);
    one.start();
    endings.push(() => one.close());
    return one;
  };
  return { directory, readings, feed, announcer };
}

function probe(feed: SessionFeed, timeoutMs = 10_000, signal = never): Promise<ProbeOutcome> {
  return bfdProbe(feed)({ kind: "bfd", session: "edge", timeout: milliseconds(timeoutMs) }, signal);
}

test("who comes is told everything, then every change, and only the agent's own user may come", async () => {
  const { directory, readings, feed, announcer } = ends();
  readings.set("edge", up).set("other", down);
  const vrrp = announcer();
  await until(() => feed.reading("other"), { what: "all is known" });
  expect([feed.reading("edge"), feed.reading("other")]).toEqual([up, down]);
  expect(statSync(join(directory, "bfd.sock")).mode & 0o777).toBe(0o600);
  const changed: string[] = [];
  feed.onChange((session) => changed.push(session));
  vrrp.tell("edge", down);
  vrrp.tell("other", undefined);
  await until(() => changed.length === 2, { what: "both changes" });
  expect([changed, feed.reading("edge"), feed.reading("other")]).toEqual([["edge", "other"], down, undefined]);
});

test("a probe passes while the session is up, and fails with its reason while it is down", async () => {
  const { readings, feed, announcer } = ends();
  readings.set("edge", up);
  const vrrp = announcer();
  expect(await probe(feed)).toEqual({ kind: "passed", detail: "is up" });
  vrrp.tell("edge", down);
  await until(() => feed.reading("edge")?.up === false, { what: "the change" });
  expect(await probe(feed)).toEqual({ kind: "failed", detail: "was not heard for 50ms" });
});

test("a probe waits for a session that has just begun, and for a vrrp process that is not there yet", async () => {
  const { readings, feed, announcer } = ends();
  const outcome = probe(feed);
  readings.set("edge", { up: false, settled: false, reason: "has not come up yet" });
  const vrrp = announcer();
  await until(() => feed.reading("edge"), { what: "it is connected" });
  vrrp.tell("edge", up);
  expect(await outcome).toEqual({ kind: "passed", detail: "is up" });
});

test("without a vrrp process there is no verdict, also after there was one", async () => {
  const { readings, feed, announcer } = ends();
  expect(await probe(feed, 50)).toEqual({ kind: "not-made", detail: "nothing is known of session edge" });
  readings.set("edge", up);
  const vrrp = announcer();
  await until(() => feed.reading("edge"), { what: "it is connected" });
  vrrp.close();
  await until(() => feed.reading("edge") === undefined, { what: "the connection has ended" });
  expect(await probe(feed, 50)).toMatchObject({ kind: "not-made" });
  announcer();
  expect(await probe(feed)).toEqual({ kind: "passed", detail: "is up" });
});

test("a probe that is cancelled ends", async () => {
  const { feed } = ends();
  const abort = new AbortController();
  const outcome = probe(feed, 10_000, abort.signal);
  abort.abort();
  expect(await outcome).toMatchObject({ kind: "not-made" });
});
