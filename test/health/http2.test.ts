// HTTP probes in version 2, against Node's server as the runtime has it, and against servers that misbehave.

import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { createServer as createPlainServer, type Server, type Socket } from "node:net";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { HttpProbeModel, HttpRequestModel } from "../../agent/config/model.ts";
import { frameOf, frameTypes } from "../../agent/health/core/http2-frames.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http, plainGet } from "../balancer/model-builders.ts";
import { until } from "../support/until.ts";
import { certificate, key } from "./certificate-fixture.ts";

const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const anyTls = { serverName: "web.example", verify: false, caFile: undefined };
const opened: (Server | Http2Server)[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

type Head = Readonly<Record<string, string | undefined>>;
type OnStream = (stream: ServerHttp2Stream, head: Head) => void;
const hello: OnStream = (stream) => {
  stream.respond({ ":status": 200 });
  stream.end("hello");
};

describe("a probe in version 2", () => {
  test("passes in clear with prior knowledge", async () => {
    expect(await probe(await clear(hello))).toEqual({ kind: "passed", detail: "status 200" });
  });

  test("passes over TLS, where the server agrees to it by ALPN", async () => {
    expect(await probe(await secure(hello), { tls: anyTls })).toEqual({ kind: "passed", detail: "status 200" });
  });

  test("says who is asked for what", async () => {
    let seen: Head = {};
    const port = await clear((stream, head) => {
      seen = head;
      hello(stream, head);
    });
    const request = { method: "POST", body: "data", headers: ["Content-Type: text/plain", "User-Agent: other"] };
    await probe(port, { virtualHost: "www.example.com" }, { ...request, path: "/x?y=z" });
    expect({ ...seen }).toMatchObject({
      ":method": "POST",
      ":scheme": "http",
      ":authority": "www.example.com",
      ":path": "/x?y=z",
      "content-type": "text/plain",
      "content-length": "4",
      "user-agent": "other",
      accept: "*/*",
    });
  });

  test("reads every status, in the table or not", async () => {
    for (const status of [200, 204, 206, 301, 404, 418, 500, 503]) {
      const port = await clear((stream) => {
        stream.respond({ ":status": status });
        stream.end();
      });
      const statusCodes = [{ from: status, to: status }];
      expect(await probe(port, {}, { statusCodes })).toEqual({ kind: "passed", detail: `status ${status}` });
    }
  });

  test("judges a body of many frames by its digest and by what it says", async () => {
    const body = "0123456789abcdef".repeat(20_000);
    const port = await clear((stream) => {
      stream.respond({ ":status": 200 });
      stream.end(body);
    });
    const digest = new Bun.CryptoHasher("md5").update(body).digest("hex");
    expect(await probe(port, {}, { digest })).toEqual({ kind: "passed", detail: "status 200" });
    const other = await probe(port, {}, { digest: "0".repeat(32) });
    expect(other.detail).toBe(`digest differs: ${digest}, expected ${"0".repeat(32)} (320000 bytes)`);
  });

  test("follows redirects", async () => {
    const paths: (string | undefined)[] = [];
    const port = await clear((stream, head) => {
      paths.push(head[":path"]);
      if (head[":path"] !== "/") return hello(stream, head);
      stream.respond({ ":status": 302, location: "/health/~x_y?a=1&b=%20*" });
      stream.end();
    });
    expect(await probe(port, { maxRedirects: 1 })).toEqual({ kind: "passed", detail: "status 200" });
    expect(paths).toEqual(["/", "/health/~x_y?a=1&b=%20*"]);
  });

  test("fails where the server speaks another version", async () => {
    const old = await listen(createPlainServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    expect((await probe(old)).kind).toBe("failed");
  });
});

describe("a server that misbehaves in version 2", () => {
  const settings = frameOf(frameTypes.settings, 0, 0, new Uint8Array(0));
  const hostile: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ["says nothing", () => undefined, "no answer within 200ms"],
    [
      "refuses the request",
      (socket) =>
        void socket.write(Buffer.concat([settings, frameOf(frameTypes.reset, 0, 1, Buffer.from([0, 0, 0, 7]))])),
      "request was refused (RST_STREAM)",
    ],
    [
      "says goodbye",
      (socket) => void socket.write(Buffer.concat([settings, frameOf(frameTypes.goaway, 0, 0, Buffer.alloc(8))])),
      "answer is a goodbye (GOAWAY)",
    ],
    ["closes at once", (socket) => void socket.end(), "connection closed without an answer"],
    ["sends frames that are too long", (socket) => void socket.write(Buffer.alloc(64, 255)), "answer is not HTTP/2"],
    ["sends a head without an end", headless, "answer has a head without an end"],
    [
      "sends a head that cannot be read",
      (socket) => void socket.write(Buffer.concat([settings, frameOf(frameTypes.headers, 5, 1, Buffer.alloc(9, 255))])),
      "answer has a head that cannot be read",
    ],
    [
      "closes in the middle",
      (socket) => void socket.end(Buffer.concat([settings, frameOf(frameTypes.headers, 4, 1, Buffer.from([0x88]))])),
      "connection closed in the middle of the answer",
    ],
    [
      "sends a body without a head",
      (socket) => void socket.write(frameOf(frameTypes.data, 0, 1, Buffer.from("x"))),
      "answer has a body without a head",
    ],
    ["drips", dripping, "no end of the answer within 200ms"],
  ];
  for (const [claim, misbehave, detail] of hostile)
    test(`fails the probe in time, and leaves no socket: it ${claim}`, async () => {
      const port = await listen(
        createPlainServer((socket) => {
          socket.on("error", () => undefined);
          socket.once("data", () => misbehave(socket));
        }),
      );
      await probe(port, { timeout: milliseconds(200) });
      const before = readdirSync("/proc/self/fd").length;
      expect(await probe(port, { timeout: milliseconds(200) })).toEqual({ kind: "failed", detail });
      await until(() => readdirSync("/proc/self/fd").length <= before, { what: "all sockets are gone" });
    });

  function headless(socket: Socket): void {
    socket.write(Buffer.concat([settings, frameOf(frameTypes.headers, 0, 1, Buffer.alloc(16_000))]));
    for (let part = 0; part < 6; part++) socket.write(frameOf(frameTypes.continuation, 0, 1, Buffer.alloc(16_000)));
  }

  function dripping(socket: Socket): void {
    socket.write(Buffer.concat([settings, frameOf(frameTypes.headers, 4, 1, Buffer.from([0x88]))]));
    const timer = setInterval(() => socket.write(frameOf(frameTypes.data, 0, 1, Buffer.from("x"))), 20);
    socket.on("close", () => clearInterval(timer));
  }
});

function probe(port: number, more: Partial<HttpProbeModel> = {}, request: Partial<HttpRequestModel> = {}) {
  const requests = [{ path: "/", statusCodes: [{ from: 200, to: 200 }], digest: undefined, ...plainGet, ...request }];
  const model = http({
    address: ip("127.0.0.1"),
    port,
    timeout: milliseconds(10_000),
    version: "2",
    requests,
    ...more,
  });
  return probes.http(model, new AbortController().signal);
}

function clear(onStream: OnStream): Promise<number> {
  return listen(createServer().on("stream", onStream as never) as never);
}

function secure(onStream: OnStream): Promise<number> {
  return listen(createSecureServer({ key, cert: certificate }).on("stream", onStream as never) as never);
}

function listen(server: Server): Promise<number> {
  opened.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}
