// WatchState through a real client: what is, what happens, where to go on, and what a slow reader is told.

import { expect, test } from "bun:test";
import { type ClientReadableStream, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ip } from "../../agent/base/address.ts";
import {
  StateServiceClient,
  WatchContent,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import type { VrrpStateChanged } from "../../agent/events/event.ts";
import type { InstanceView } from "../../agent/vrrp/view.ts";
import { until } from "../support/until.ts";
import { refusal, Served } from "./client.ts";
import { noon } from "./memory-agent.ts";

const becameMaster: VrrpStateChanged = {
  kind: "vrrp-state-changed",
  instance: "web",
  from: "backup",
  to: "master",
  reason: "no advertisement within 3.6s",
  priority: 150,
};

function instance(change: Partial<InstanceView>): InstanceView {
  return {
    name: "web",
    interface: "eth0",
    virtualRouterId: 51,
    version: 3,
    state: "backup",
    since: noon,
    reason: "started",
    priority: 150,
    effectivePriority: 150,
    advertisementIntervalMs: 1000,
    skewTimeMs: 414.0625,
    masterDownIntervalMs: 3414.0625,
    masterAddress: ip("10.9.0.2"),
    masterPriority: 100,
    virtualAddresses: [{ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0", held: false }],
    counters: {
      advertisementsSent: 0,
      advertisementsReceived: 0,
      priorityZeroSent: 0,
      priorityZeroReceived: 0,
      becameMaster: 0,
      releasedMaster: 0,
      announcementsSent: 0,
      addressClaims: 0,
      refused: {},
    },
    ...change,
  };
}

/** A watch and what it has received. */
class Watching {
  readonly call: ClientReadableStream<WatchStateResponse>;
  readonly received: NonNullable<WatchStateResponse["message"]>[] = [];
  error: ServiceError | undefined;

  constructor(served: Served, request: Partial<WatchStateRequest> = {}, client = served.state) {
    this.call = client.watchState(WatchStateRequest.create(request));
    this.call.on("data", ({ message }: WatchStateResponse) => message && this.received.push(message));
    this.call.on("error", (error: ServiceError) => {
      this.error = error;
    });
  }

  /** Waits for this many messages. */
  async count(count: number): Promise<this> {
    await until(() => this.received.length >= count, { what: `${count} messages came`, timeoutMs: 20_000 });
    return this;
  }

  words(): string[] {
    return this.received.map(({ $case, value }) => {
      if ($case === "changed") return `changed ${value.resource?.$case}`;
      return $case === "event" ? `event ${value.kind?.$case}` : $case;
    });
  }

  sequences(): number[] {
    return this.received.map(({ value }) => {
      if ("messages" in value) throw new Error("a batch came that was not asked for");
      return Number("sequence" in value ? value.sequence : value.oldestSequence);
    });
  }
}

test("a watch is established, brings a snapshot, and then every change and event in one growing sequence", async () => {
  await using served = await Served.start();
  const { hub, journal } = served.agent;
  hub.setVrrp([instance({})]);
  const watching = await new Watching(served).count(7);
  hub.setVrrp([instance({ state: "master" })]);
  journal.report(becameMaster);
  hub.setVrrp([]);
  await watching.count(10);
  watching.call.cancel();
  expect(watching.words()).toEqual([
    "established",
    "changed config",
    "changed process",
    "changed process",
    "changed process",
    "changed vrrpInstance",
    "snapshotEnd",
    "changed vrrpInstance",
    "event vrrpStateChanged",
    "removed",
  ]);
  expect(watching.sequences()).toEqual([4, 4, 4, 4, 4, 4, 4, 5, 6, 7]);
});

test("counters alone are no change", async () => {
  await using served = await Served.start();
  const { hub, journal } = served.agent;
  hub.setVrrp([instance({})]);
  const watching = await new Watching(served).count(7);
  hub.setVrrp([instance({ counters: { ...instance({}).counters, advertisementsReceived: 99 } })]);
  journal.report(becameMaster);
  await watching.count(8);
  watching.call.cancel();
  expect(watching.words().at(-1)).toBe("event vrrpStateChanged");
  const { vrrpInstances } = hub.snapshot();
  expect(vrrpInstances[0]?.counters.advertisementsReceived).toBe(99);
});

test("a watcher goes on where it was: stored events come first", async () => {
  await using served = await Served.start();
  const { journal } = served.agent;
  for (let count = 0; count < 3; count++) journal.report(becameMaster);
  const contents = [WatchContent.WATCH_CONTENT_EVENTS];
  const watching = await new Watching(served, { resumeAfter: 4n, contents }).count(4);
  watching.call.cancel();
  expect(watching.words()).toEqual(["established", "event vrrpStateChanged", "event vrrpStateChanged", "snapshotEnd"]);
  expect(watching.sequences()).toEqual([6, 5, 6, 6]);
});

test("a watcher that comes back too late is told which number is the oldest", async () => {
  await using served = await Served.start();
  const { journal, store } = served.agent;
  for (let count = 0; count < 10_003; count++) journal.report(becameMaster);
  journal.flush();
  expect(store.eventsDropped()).toEqual({ upTo: 6, oldest: 7 });
  const contents = [WatchContent.WATCH_CONTENT_EVENTS];
  const watching = await new Watching(served, { resumeAfter: 5n, contents }).count(10_003);
  watching.call.cancel();
  expect(watching.words().slice(0, 3)).toEqual(["established", "tooOld", "event vrrpStateChanged"]);
  expect(watching.sequences().slice(1, 3)).toEqual([7, 7]);
});

test("a watcher receives only what it asked for", async () => {
  await using served = await Served.start();
  const { hub, journal } = served.agent;
  const contents = [WatchContent.WATCH_CONTENT_VRRP_INSTANCES];
  const watching = await new Watching(served, { contents }).count(2);
  journal.report(becameMaster);
  hub.setVrrp([instance({})]);
  await watching.count(3);
  watching.call.cancel();
  expect(watching.words()).toEqual(["established", "snapshotEnd", "changed vrrpInstance"]);
});

test("where nothing happens, heartbeats say so", async () => {
  await using served = await Served.start();
  const contents = [WatchContent.WATCH_CONTENT_EVENTS];
  const heartbeatInterval = { seconds: 0n, nanos: 100_000_000 };
  const watching = await new Watching(served, { contents, heartbeatInterval }).count(4);
  watching.call.cancel();
  expect(watching.words()).toEqual(["established", "snapshotEnd", "heartbeat", "heartbeat"]);
});

test("a heartbeat that is too short is refused", async () => {
  await using served = await Served.start();
  const heartbeatInterval = { seconds: 0n, nanos: 99_000_000 };
  const watching = new Watching(served, { heartbeatInterval });
  await until(() => watching.error, { what: "the watch ends with an error" });
  expect(await refusal(Promise.reject(watching.error))).toMatchObject({
    code: "INVALID_ARGUMENT",
    BadRequest: { fieldViolations: [{ field: "heartbeat_interval", description: expect.stringContaining("99 ms") }] },
  });
});

test("a watcher that does not keep up is cut off and told where to go on; the agent never waits for it", async () => {
  await using served = await Served.start();
  const { journal, feed } = served.agent;
  served.agent.watchCapacity = 100;
  const watching = await new Watching(served, { contents: [WatchContent.WATCH_CONTENT_EVENTS] }).count(2);
  // All in one turn: the server cannot write in between.
  for (let count = 0; count < 200; count++) journal.report(becameMaster);
  expect(feed.size).toBe(0);
  await until(() => watching.error, { what: "the watch ends with an error" });
  const last = watching.sequences().at(-2);
  expect(watching.words().at(-1)).toBe("overflow");
  expect(watching.sequences().at(-1)).toBe(last as number);
  expect(watching.received.length).toBe(2 + 100 + 1);
  expect(await refusal(Promise.reject(watching.error))).toMatchObject({
    code: "OUT_OF_RANGE",
    ErrorInfo: { reason: "OVERFLOW", metadata: { sequence: String(last) } },
  });
});

test("a client that stops reading is cut off while others go on, and finds out when it reads again", async () => {
  await using served = await Served.start();
  const { journal, feed } = served.agent;
  served.agent.watchCapacity = 1000;
  const contents = [WatchContent.WATCH_CONTENT_EVENTS];
  // A connection of its own: HTTP/2 has one window for all streams of a connection.
  const alone = { "grpc.use_local_subchannel_pool": 1 };
  const client = new StateServiceClient(served.target, credentials.createInsecure(), alone);
  const sleeping = await new Watching(served, { contents }, client).count(2);
  const reading = await new Watching(served, { contents }).count(2);
  sleeping.call.pause();
  const reason = "x".repeat(1000);
  let reported = 0;
  while (feed.size === 2) {
    for (let count = 0; count < 200; count++) journal.report({ ...becameMaster, reason });
    reported += 200;
    await until(() => reading.received.length === 2 + reported, { what: "the other client has read everything" });
  }
  expect(reading.error).toBeUndefined();
  sleeping.call.resume();
  await until(() => sleeping.error, { what: "the sleeping client is told" });
  expect(sleeping.words().at(-1)).toBe("overflow");
  expect(sleeping.error?.code).toBe(status.OUT_OF_RANGE);
  reading.call.cancel();
  client.close();
}, 20_000);

test("a client that goes away leaves nothing behind", async () => {
  await using served = await Served.start();
  const watching = await new Watching(served).count(5);
  expect(served.agent.feed.size).toBe(1);
  watching.call.cancel();
  await until(() => served.agent.feed.size === 0, { what: "the subscription is gone" });
});

test("when the agent stops, watches end with UNAVAILABLE", async () => {
  await using served = await Served.start();
  const watching = await new Watching(served).count(5);
  served.agent.feed.close();
  await until(() => watching.error, { what: "the watch ends" });
  expect(watching.error?.code).toBe(status.UNAVAILABLE);
});
