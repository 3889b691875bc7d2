// The probes beside tcp and http against servers that misbehave in every way that we thought of: none outlives its deadline, none leaves a socket, and what
// is said of each is true.

import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { ProbeModel } from "../../agent/config/model.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { attempt } from "../../agent/health/probes/probe.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { SmtpServer } from "../support/smtp-server.ts";
import { until } from "../support/until.ts";
import { certificate, key } from "./certificate-fixture.ts";

const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const never = new AbortController().signal;
const closing: (() => unknown)[] = [];
const anyTls = { serverName: undefined, verify: false, caFile: undefined };

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A probe of each kind over a stream, at this port of loopback. */
function streamProbes(port: number, timeout = milliseconds(200)): readonly ProbeModel[] {
  const target = { address: ip("127.0.0.1"), port, timeout, source: {} };
  return [
    { kind: "smtp", ...target, heloName: "lb.example", startTls: undefined },
    { kind: "tls", ...target, tls: anyTls },
    { kind: "grpc", ...target, service: "", virtualHost: undefined, tls: undefined },
    { kind: "redis", ...target, tls: undefined },
    { kind: "postgresql", ...target, user: "vipward", database: "postgres" },
    { kind: "mysql", ...target, user: "vipward" },
  ];
}

describe("every probe over a stream", () => {
  const hostile: readonly (readonly [string, (socket: Socket) => void])[] = [
    ["closes at once", (socket) => void socket.end()],
    ["resets", (socket) => void socket.resetAndDestroy()],
    ["says nothing", () => undefined],
    ["answers nonsense", (socket) => void socket.write("\u0000\u0001\u0002 what is this\r\n")],
    ["answers without end", endless],
    ["drips", dripping],
    ["closes late, in the middle", (socket) => setTimeout(() => socket.end("2"), 50)],
  ];
  for (const [claim, misbehave] of hostile)
    test(`fails in time, and without a socket left, when the server ${claim}`, async () => {
      const port = await listen(misbehave);
      await attempt(probes, streamProbes(port)[0] as ProbeModel, never);
      const before = descriptors();
      const started = performance.now();
      const outcomes = await Promise.all(streamProbes(port).map((model) => attempt(probes, model, never)));
      expect(performance.now() - started).toBeLessThan(2_000);
      expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => "failed"));
      for (const { detail } of outcomes) expect(detail).not.toContain("undefined");
      await until(() => descriptors() <= before, { what: "all sockets are gone" });
    });

  test("fails by name when the port is closed", async () => {
    const outcomes = await Promise.all(streamProbes(await closedPort()).map((model) => attempt(probes, model, never)));
    expect(new Set(outcomes.map(({ detail }) => detail))).toEqual(new Set(["connection refused"]));
  });

  test("ends when it is cancelled", async () => {
    const cancel = new AbortController();
    const port = await listen(() => undefined);
    const outcomes = streamProbes(port, milliseconds(60_000)).map((model) => attempt(probes, model, cancel.signal));
    cancel.abort();
    expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(outcomes.map(() => "not-made"));
  });
});

describe("an SMTP probe", () => {
  test("greets and says goodbye, in clear and by STARTTLS", async () => {
    await using server = await SmtpServer.start({ tls: { key, cert: certificate } });
    const { port } = server;
    const passed = { kind: "passed", detail: "greeting, HELO and QUIT answered" } as const;
    expect(await smtp(port)).toEqual(passed);
    expect(await smtp(port, { startTls: anyTls })).toEqual(passed);
    expect(await smtp(port, { startTls: { ...anyTls, verify: true, serverName: "web.example" } })).toEqual({
      kind: "failed",
      detail: "no TLS: self signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)",
    });
  });

  test("says which answer was not as expected", async () => {
    const full = await listen((socket) => void socket.write("421 too busy\r\n"));
    expect(await smtp(full)).toEqual({ kind: "failed", detail: '"421 too busy" to the connection, expected 220' });
    const rude = await listen((socket) => {
      socket.write("220-hello\r\n220 there\r\n");
      socket.once("data", () => socket.write("550 who are you\r\n"));
    });
    expect(await smtp(rude)).toEqual({ kind: "failed", detail: '"550 who are you" to HELO, expected 250' });
  });

  function smtp(port: number, more: object = {}) {
    const [model] = streamProbes(port, milliseconds(5_000));
    return attempt(probes, { ...model, ...more } as ProbeModel, never);
  }
});

test("a TLS probe passes by the handshake, and judges the certificate where that is asked for", async () => {
  const server = createTlsServer({ key, cert: certificate }, (socket) => socket.on("error", () => undefined));
  const port = await listening(server);
  const model = streamProbes(port, milliseconds(5_000))[1] as ProbeModel;
  expect(await attempt(probes, model, never)).toEqual({ kind: "passed", detail: "TLS handshake done" });
  const verified = { ...model, tls: { ...anyTls, verify: true, serverName: "web.example" } } as ProbeModel;
  expect(await attempt(probes, verified, never)).toMatchObject({ kind: "failed" });
});

describe("a UDP probe", () => {
  test("passes by the right reply, and says what was wrong with another", async () => {
    const port = await echoing((data) => data);
    const model = udp(port, { payload: "de ad be ef", requireReply: true, reply: "deXX" });
    expect(await attempt(probes, model, never)).toEqual({ kind: "passed", detail: "reply of 4 bytes" });
    expect(await attempt(probes, { ...model, reply: "00ff" } as ProbeModel, never)).toEqual({
      kind: "failed",
      detail: "reply deadbeef does not match 00ff",
    });
    expect(await attempt(probes, { ...model, mostReply: 3 } as ProbeModel, never)).toEqual({
      kind: "failed",
      detail: "reply of 4 bytes, expected 0 to 3",
    });
  });

  test("without a reply that is required passes when nobody refuses until time is over", async () => {
    const port = await echoing(() => undefined);
    expect(await attempt(probes, udp(port, {}), never)).toEqual({ kind: "passed", detail: "not refused" });
    expect(await attempt(probes, udp(port, { requireReply: true }), never)).toEqual({
      kind: "failed",
      detail: "no reply within 200ms",
    });
  });

  test("fails by name when the port is closed", async () => {
    expect(await attempt(probes, udp(await closedPort(), {}), never)).toEqual({
      kind: "failed",
      detail: "connection refused",
    });
  });
});

describe("a DNS probe", () => {
  test("takes only an answer to its own question, and judges its code", async () => {
    const port = await echoing((data) => {
      const answer = Uint8Array.from(data);
      answer[2] = 0x80;
      answer[3] = 3;
      return answer;
    });
    expect(await attempt(probes, dns(port), never)).toEqual({
      kind: "failed",
      detail: "NXDOMAIN for www.example.com A",
    });
    const forged = await echoing((data) => Uint8Array.from(data).fill(0x80, 0, 3));
    expect(await attempt(probes, dns(forged), never)).toEqual({ kind: "failed", detail: "no answer within 200ms" });
    const silly = await echoing(() => Uint8Array.from([1, 2]));
    expect(await attempt(probes, dns(silly), never)).toEqual({
      kind: "failed",
      detail: "answer is 2 bytes long, less than a header",
    });
  });

  function dns(port: number): ProbeModel {
    const target = { address: ip("127.0.0.1"), port, timeout: milliseconds(200), source: {} };
    return { kind: "dns", ...target, type: "A", name: "www.example.com", answers: [] };
  }
});

test.skipIf(process.getuid?.() !== 0)(
  "a ping probe passes by an echo of loopback in both families, and leaves no socket",
  async () => {
    const before = descriptors();
    for (const address of ["127.0.0.1", "::1"]) {
      const model: ProbeModel = { kind: "ping", address: ip(address), timeout: milliseconds(5_000), source: {} };
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => attempt(probes, model, never)));
      expect(new Set(outcomes.map(({ detail }) => detail))).toEqual(new Set(["echo reply"]));
    }
    expect(descriptors()).toBeLessThanOrEqual(before);
  },
);

function udp(port: number, more: object): ProbeModel {
  const target = { address: ip("127.0.0.1"), port, timeout: milliseconds(200), source: {} };
  const usual = { payload: undefined, requireReply: false, reply: undefined, leastReply: 0, mostReply: 255 };
  return { kind: "udp", ...target, ...usual, ...more };
}

function endless(socket: Socket): void {
  const piece = Buffer.alloc(65_536, "x");
  const go = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", go);
  go();
}

function dripping(socket: Socket): void {
  const drip = setInterval(() => socket.write("2"), 20);
  socket.on("close", () => clearInterval(drip));
}

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return await listening(server);
}

function listening(server: Server): Promise<number> {
  closing.push(() => server.close());
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { readonly port: number }).port)),
  );
}

async function echoing(answer: (data: Uint8Array) => Uint8Array | undefined): Promise<number> {
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data: (own, data, port, address) => {
        const reply = answer(data);
        if (reply !== undefined) own.send(reply, port, address);
      },
    },
  });
  closing.push(() => socket.close());
  return socket.port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { readonly port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
