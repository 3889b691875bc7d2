// What a watcher does not want is not sent; what it wants may come in batches, and with its counters from time to time.

import { describe, expect, test } from "bun:test";
import {
  GetStateRequest,
  type GetStateResponse,
  type ListEventsResponse,
  WatchContent,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import type { Event } from "../../agent/events/event.ts";
import { until } from "../support/until.ts";
import { answer, refusal, Served } from "./client.ts";

const checkerDown = (virtualServer: string): Event => ({
  kind: "checker-changed",
  checker: `${virtualServer} tcp`,
  virtualServer,
  realServer: "10.9.0.11:80",
  up: false,
  reason: "connection refused",
});
const realServerDown = (virtualServer: string): Event => ({
  kind: "real-server-changed",
  ...{ virtualServer, realServer: "10.9.0.11:80", up: false, reason: "connection refused" },
});

function server(name: string, activeConnections = 0) {
  const realServer = {
    name: "10.9.0.11:80",
    forwarding: "direct",
    configuredWeight: 1,
    up: true,
    reason: "",
    since: 0,
  };
  const quorum = { up: true, weight: 1, quorum: 1, hysteresis: 0 };
  const realServers = [{ ...realServer, activeConnections, inactiveConnections: 0 }];
  return { name, service: name, scheduler: "wlc", present: true, quorum, realServers };
}

type Message = NonNullable<WatchStateResponse["message"]>;

/** Watches, and shows what came as plain words, batches in brackets. */
function watching(served: Served, request: Partial<WatchStateRequest>) {
  const received: Message[] = [];
  const call = served.state.watchState(WatchStateRequest.create(request));
  call.on("data", ({ message }: WatchStateResponse) => message && received.push(message));
  call.on("error", () => {});
  const came = (what: string) =>
    until(() => received.some((one) => word(one).includes(what)), { what: `${what} came` });
  return { received, came, words: () => received.map(word), stop: () => call.cancel() };
}

function word(message: Message): string {
  switch (message.$case) {
    case "changed": {
      const { resource, sample } = message.value;
      const name = resource !== undefined && "name" in resource.value ? resource.value.name : resource?.$case;
      return `${sample ? "sample" : "changed"} ${name}`;
    }
    case "event": {
      const { kind } = message.value;
      const about = kind !== undefined && "virtualServer" in kind.value ? kind.value.virtualServer : "";
      return `${kind?.$case} ${about}`;
    }
    case "batch":
      return `[${message.value.messages.map((one) => (one.message === undefined ? "" : word(one.message))).join(", ")}]`;
    default:
      return message.$case;
  }
}

describe("filters", () => {
  test("by name and prefix concern resources, changes and events alike", async () => {
    await using served = await Served.start();
    const { hub, journal } = served.agent;
    hub.setBalancer([server("www-1"), server("www-2"), server("mail")], []);
    const watch = watching(served, { names: ["www-*", "mai"] });
    await watch.came("snapshotEnd");
    journal.report(realServerDown("mail"));
    hub.setBalancer([server("www-1"), server("mail")], []);
    journal.report(realServerDown("www-1"));
    await watch.came("realServerChanged");
    watch.stop();
    expect(watch.words()).toEqual([
      "established",
      "changed www-1",
      "changed www-2",
      "snapshotEnd",
      "removed",
      "realServerChanged www-1",
    ]);
  });

  test("by kind of event concern stored events too", async () => {
    await using served = await Served.start();
    const { journal } = served.agent;
    for (const name of ["a", "b"]) for (const event of [checkerDown(name), realServerDown(name)]) journal.report(event);
    const contents = [WatchContent.WATCH_CONTENT_EVENTS];
    const watch = watching(served, { contents, resumeAfter: 0n, eventKinds: ["real-server-changed"] });
    await watch.came("snapshotEnd");
    journal.report(checkerDown("c"));
    journal.report(realServerDown("c"));
    await watch.came("realServerChanged c");
    watch.stop();
    expect(watch.words()).toEqual([
      "established",
      ...["a", "b"].map((name) => `realServerChanged ${name}`),
      "snapshotEnd",
      "realServerChanged c",
    ]);
  });

  test("of GetState answer a part of the same snapshot", async () => {
    await using served = await Served.start();
    served.agent.hub.setBalancer([server("www-1"), server("mail")], []);
    const request = { contents: [WatchContent.WATCH_CONTENT_VIRTUAL_SERVERS], names: ["mail"] };
    const { state } = await answer<GetStateResponse>((callback) =>
      served.state.getState(GetStateRequest.create(request), callback),
    );
    expect(state?.virtualServers.map(({ name }) => name)).toEqual(["mail"]);
    expect(state?.processes).toEqual([]);
    expect(state?.sequence).toBe(BigInt(served.agent.journal.sequence));
  });
});

test("batches carry what is there already, in order, and are never larger than asked for", async () => {
  await using served = await Served.start();
  const names = Array.from({ length: 5 }, (_, index) => `s${index}`);
  served.agent.hub.setBalancer(
    names.map((name) => server(name)),
    [],
  );
  const contents = [WatchContent.WATCH_CONTENT_VIRTUAL_SERVERS, WatchContent.WATCH_CONTENT_EVENTS];
  const watch = watching(served, { contents, maxBatch: 4 });
  await watch.came("snapshotEnd");
  for (const name of names) served.agent.journal.report(realServerDown(name));
  await watch.came("realServerChanged s4");
  watch.stop();
  expect(watch.words().slice(0, 2)).toEqual([
    "[established, changed s0, changed s1, changed s2]",
    "[changed s3, changed s4, snapshotEnd]",
  ]);
  const flat = watch.words().join(", ").replaceAll(/[[\]]/g, "").split(", ");
  expect(flat.slice(-5)).toEqual(names.map((name) => `realServerChanged ${name}`));
});

test("samples tell counters although nothing else changed", async () => {
  await using served = await Served.start();
  const { hub } = served.agent;
  hub.setBalancer([server("www", 3)], []);
  const contents = [WatchContent.WATCH_CONTENT_VIRTUAL_SERVERS];
  const watch = watching(served, { contents, sampleInterval: { seconds: 1n, nanos: 0 } });
  await watch.came("snapshotEnd");
  hub.setBalancer([server("www", 7)], []);
  await watch.came("sample www");
  watch.stop();
  const [sample] = watch.received.filter((one) => one.$case === "changed" && one.value.sample);
  expect(sample).toMatchObject({
    value: { resource: { value: { realServers: [{ activeConnections: 7n }] } } },
  } as never);
  const tooOften = served.state.watchState(WatchStateRequest.create({ sampleInterval: { seconds: 0n, nanos: 1e8 } }));
  expect(await refusal(Array.fromAsync(tooOften))).toMatchObject({
    BadRequest: { fieldViolations: [{ field: "sample_interval" }] },
  });
});

test("stored events are answered page by page", async () => {
  await using served = await Served.start();
  for (const name of ["a", "b", "c"]) served.agent.journal.report(realServerDown(name));
  const list = (after: bigint, pageSize: number) =>
    answer<ListEventsResponse>((callback) => served.state.listEvents({ after, pageSize }, callback));
  const first = await list(0n, 2);
  expect(first).toMatchObject({ events: [{}, {}], oldestSequence: 0n, nextAfter: first.events[1]?.sequence });
  const second = await list(first.nextAfter, 2);
  expect(second).toMatchObject({ events: [{ kind: { value: { virtualServer: "c" } } }], nextAfter: 0n });
});
