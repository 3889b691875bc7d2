// Clients that misbehave: half-open connections, headers that never end, floods. Each is ended or costs nothing, and whoever calls meanwhile is
// answered as always.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { credentials } from "@grpc/grpc-js";
import { silentLog } from "../../agent/base/log.ts";
import { defaultConnectionLimits } from "../../agent/control/access/connections.ts";
import type { GetInfoResponse } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import { AgentServiceClient } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import { ApiServer } from "../../agent/control/server.ts";
import { until } from "../support/until.ts";
import { answer } from "./client.ts";
import { callHeaders, emptyMessage, flag, frame, greeting, header, preface, RawClient, type } from "./frames.ts";
import { MemoryAgent } from "./memory-agent.ts";
import { Secured } from "./secured.ts";

let sameUid: number | undefined;
let lastUid = 3000;
let agent: MemoryAgent;
let server: ApiServer;
let good: AgentServiceClient;

beforeAll(async () => {
  agent = new MemoryAgent();
  const connections = { ...defaultConnectionLimits, handshakeMs: 300, connections: 50 };
  // Every connection is somebody else's, unless a test says whose.
  const peerCredentials = () => ({ pid: 1, uid: sameUid ?? ++lastUid, gid: 1 });
  const access = { current: () => undefined, connections, peerCredentials };
  server = new ApiServer({ agent, runtimeDirectory: agent.directory, log: silentLog, access });
  await server.start();
  good = new AgentServiceClient(`unix:${server.socketPath}`, credentials.createInsecure());
});

afterAll(async () => {
  good.close();
  await server.stop(100);
  agent[Symbol.dispose]();
});

const call = (client = good) => answer<GetInfoResponse>((callback) => client.getInfo({}, callback));

/** A call on a stream of its own, as a client that behaves would write it. */
const goodCall = (stream: number) => [
  frame(type.headers, flag.endHeaders, stream, callHeaders()),
  frame(type.data, flag.endStream, stream, emptyMessage),
];
const times = (count: number, part: (index: number) => Buffer) =>
  Array.from({ length: count }, (_, index) => part(index));
const word = (number: number) => Buffer.from([number >> 24, number >> 16, number >> 8, number]);

test("frames that are written by hand and right are answered", async () => {
  const raw = await RawClient.open(server.socketPath);
  raw.write(greeting, ...goodCall(1));
  await until(() => raw.frames.includes(type.data), { what: "the answer has come" });
  raw.socket.destroy();
});

/** What each client sends. All of them are ended. */
const ended: Readonly<Record<string, readonly Buffer[]>> = {
  "says nothing": [],
  "stops in the middle of the preface": [preface.subarray(0, 10)],
  "speaks another protocol": [Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
  "speaks TLS to the unix socket": [Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])],
  "sends no settings": [preface],
  "sends headers of 2 MB": [
    greeting,
    frame(type.headers, 0, 1, callHeaders()),
    ...times(130, (index) => frame(type.continuation, 0, 1, header(`x-${index}`, "a".repeat(16_000)))),
    frame(type.continuation, flag.endHeaders, 1),
  ],
  "floods with pings": [greeting, ...times(50_000, () => frame(type.ping, 0, 0, Buffer.alloc(8)))],
  "floods with settings": [preface, ...times(50_000, () => frame(type.settings, 0, 0))],
  "opens calls and resets them at once (CVE-2023-44487)": [
    greeting,
    ...times(20_000, (index) => frame(type.headers, flag.endHeaders, 2 * index + 1, callHeaders())).flatMap(
      (open, index) => [open, frame(type.reset, 0, 2 * index + 1, word(8))],
    ),
  ],
  "opens more calls than it may": [
    greeting,
    ...times(10_000, (index) => frame(type.headers, flag.endHeaders, 2 * index + 1, callHeaders())),
  ],
  "sends a ping of 3 bytes": [greeting, frame(type.ping, 0, 0, Buffer.alloc(3))],
  "sends data on stream 0": [greeting, frame(type.data, 0, 0, emptyMessage)],
  "lets the window overflow": [greeting, ...times(2, () => frame(type.window, 0, 0, word(0x7fffffff)))],
  "sends a frame that is too large": [greeting, frame(type.data, 0, 1, Buffer.alloc(100_000))],
  "puts another frame between its headers": [
    greeting,
    frame(type.headers, 0, 1, callHeaders()),
    frame(type.ping, 0, 0, Buffer.alloc(8)),
  ],
};

/** What each client sends. They are borne: they cost no more than reading them. */
const borne: Readonly<Record<string, readonly Buffer[]>> = {
  "never ends its headers": [
    greeting,
    frame(type.headers, 0, 1, callHeaders()),
    ...times(1000, () => frame(type.continuation, 0, 1)),
  ],
  "never ends its message": [
    greeting,
    frame(type.headers, flag.endHeaders, 1, callHeaders()),
    frame(type.data, 0, 1, Buffer.from([0, 0, 0, 1, 0])),
  ],
  "floods with frames that nobody knows": [greeting, ...times(50_000, () => frame(0x77, 0, 0))],
  "floods with priorities": [
    greeting,
    ...times(50_000, () => frame(type.priority, 0, 1, Buffer.from([0, 0, 0, 0, 16]))),
  ],
  "sends headers of 60 KB": [
    greeting,
    frame(type.headers, 0, 1, callHeaders()),
    ...times(4, (index) =>
      frame(type.continuation, index === 3 ? flag.endHeaders : 0, 1, header(`x-${index}`, "a".repeat(15_000))),
    ),
    frame(type.data, flag.endStream, 1, emptyMessage),
  ],
};

describe("a client that", () => {
  for (const [name, parts] of Object.entries(ended))
    test(`${name} is ended, and others are answered meanwhile`, async () => {
      const bad = await Promise.all(times(3, () => Buffer.alloc(0)).map(() => RawClient.open(server.socketPath)));
      for (const raw of bad) raw.write(...parts);
      for (let count = 0; count < 20; count++) expect((await call()).bootId).toBe("boot-1");
      await until(() => bad.every(({ isClosed }) => isClosed), { what: "they are ended", timeoutMs: 10_000 });
      expect((await call()).bootId).toBe("boot-1");
    });

  for (const [name, parts] of Object.entries(borne))
    test(`${name} holds nobody up`, async () => {
      const bad = await RawClient.open(server.socketPath);
      bad.write(...parts);
      for (let count = 0; count < 20; count++) expect((await call()).bootId).toBe("boot-1");
      bad.socket.destroy();
    });
});

test("headers of more than 16 KB are refused, and calls after them on the same connection are answered", async () => {
  const raw = await RawClient.open(server.socketPath);
  raw.write(
    greeting,
    frame(type.headers, 0, 1, callHeaders()),
    frame(type.continuation, 0, 1, header("x-a", "a".repeat(15_000))),
    frame(type.continuation, flag.endHeaders, 1, header("x-b", "a".repeat(15_000))),
    ...goodCall(3),
  );
  await until(() => raw.frames.includes(type.data), { what: "the call after it is answered" });
  expect(raw.frames).toContain(type.reset);
  raw.socket.destroy();
});

test("more connections than there may be are refused, and there is room again when others go", async () => {
  const many = await Promise.all(times(60, () => Buffer.alloc(0)).map(() => RawClient.open(server.socketPath)));
  for (const raw of many) raw.write(greeting);
  await until(() => many.filter(({ isClosed }) => isClosed).length >= 10, {
    what: "those that are too many are closed",
  });
  expect((await call()).bootId).toBe("boot-1");
  expect(many.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(50);
  for (const { socket } of many) socket.destroy();
  await until(
    async () => {
      const raw = await RawClient.open(server.socketPath);
      raw.write(greeting, ...goodCall(1));
      await Bun.sleep(50);
      raw.socket.destroy();
      return raw.frames.includes(type.data);
    },
    { what: "a new client is answered" },
  );
});

test("calls that ended with their connection are not counted any more", async () => {
  sameUid = 2999;
  const flood = ended["opens more calls than it may"] ?? [];
  const bad = await RawClient.open(server.socketPath);
  bad.write(...flood);
  await until(() => bad.isClosed, { what: "the flood is ended" });
  const client = new AgentServiceClient(`unix:${server.socketPath}`, credentials.createInsecure(), { x: 1 });
  const isAnswered = () =>
    call(client).then(
      ({ bootId }) => bootId === "boot-1",
      () => false,
    );
  await until(isAnswered, { what: "the same identity is answered again", everyMs: 100 });
  client.close();
  sameUid = undefined;
});

test("over TCP, a client that connects and says nothing is ended", async () => {
  await using secured = await Secured.start({ connections: { ...defaultConnectionLimits, handshakeMs: 200 } });
  const socket = connect(secured.server.tcpPort ?? 0, "127.0.0.1");
  let isClosed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  await until(() => isClosed, { what: "it is ended" });
  expect(await secured.codeFor(secured.authority.issue("URI:spiffe://test/viewer"))).toBe("OK");
});
