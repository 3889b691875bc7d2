// The HTTP probe against real listeners on loopback: what it says, what it takes for an answer, and what for none.

import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { ip } from "../../agent/base/address.ts";
import type { HttpRequestModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import {
  answering,
  closeListeners,
  connectOnce,
  failed,
  httpProbe,
  listen,
  passed,
  request,
  short,
  slack,
  timed,
  unusedPort,
} from "./loopback.ts";

beforeAll(connectOnce);
afterEach(closeListeners);

describe("an HTTP probe", () => {
  test("passes on an accepted status", async () => {
    expect(await httpProbe(await answering("HTTP/1.1 204 No Content\r\n\r\n"))).toEqual(passed("status 204"));
  });

  test("asks for the path with the host that is configured, as keepalived does by default", async () => {
    let asked = "";
    const port = await listen((socket) => {
      socket.on("data", (bytes) => {
        asked += bytes;
        socket.end("HTTP/1.0 200 OK\r\n\r\n");
      });
    });
    await httpProbe(port, { virtualHost: "www.example.net", requests: [request({ path: "/health?deep=1" })] });
    expect(asked).toBe(
      "GET /health?deep=1 HTTP/1.0\r\nHost: www.example.net\r\nUser-Agent: vipward\r\nAccept: */*\r\n\r\n",
    );
  });

  test("names the host by address and port unless configured", async () => {
    let asked = "";
    const port = await listen((socket) => {
      socket.on("data", (bytes) => {
        asked += bytes;
        socket.end("HTTP/1.0 200 OK\r\n\r\n");
      });
    });
    await httpProbe(port);
    expect(asked).toContain(`\r\nHost: 127.0.0.1:${port}\r\n`);
  });

  test("connects from the address that it is bound to", async () => {
    let from: string | undefined;
    const port = await listen((socket) => {
      from = socket.remoteAddress;
      socket.end("HTTP/1.0 200 OK\r\n\r\n");
    });
    expect(await httpProbe(port, { source: { address: ip("127.0.0.7") } })).toEqual(passed("status 200"));
    expect(from).toEndWith("127.0.0.7");
  });

  test.skipIf(process.getuid?.() !== 0)(
    "connects from the port, through the interface and with the mark that it is told",
    async () => {
      let from: number | undefined;
      const port = await listen((socket) => {
        from = socket.remotePort;
        socket.end("HTTP/1.0 200 OK\r\n\r\n");
      });
      const free = await unusedPort();
      expect(await httpProbe(port, { source: { port: free, interface: "lo", mark: 7 } })).toEqual(passed("status 200"));
      expect(from).toBe(free);
      const outcome = await httpProbe(port, { source: { interface: "nowhere0" } });
      expect(outcome).toEqual({
        kind: "not-made",
        detail: "could not be tried: interface nowhere0 is not on this director (ENODEV)",
      });
    },
  );

  const longBody = Buffer.alloc(10 * 1024 * 1024, "vipward ");
  const digest = (body: string | Uint8Array) => createHash("md5").update(body).digest("hex");
  const cases: [claim: string, answer: (socket: Socket) => void, asked: Partial<HttpRequestModel>, ProbeOutcome][] = [
    [
      "a status that is not accepted",
      (socket) => socket.end("HTTP/1.1 503 Busy\r\n\r\n"),
      {},
      failed("status 503, expected 200-299"),
    ],
    [
      "a redirect, which is not followed",
      (socket) => socket.end("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"),
      { statusCodes: [{ from: 302, to: 302 }] },
      passed("status 302"),
    ],
    [
      "the right body",
      (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nalive\n"),
      { digest: digest("alive\n") },
      passed("status 200"),
    ],
    [
      "another body",
      (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\ndead\n"),
      { digest: digest("alive\n") },
      failed(`digest differs: ${digest("dead\n")}, expected ${digest("alive\n")} (5 bytes)`),
    ],
    [
      "an empty body where one was expected",
      (socket) => socket.end("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
      { digest: digest("alive\n") },
      failed(`digest differs: ${digest("")}, expected ${digest("alive\n")} (0 bytes)`),
    ],
    [
      "a body of 10 MiB",
      (socket) => {
        socket.write(`HTTP/1.0 200 OK\r\nContent-Length: ${longBody.length}\r\n\r\n`);
        socket.end(longBody);
      },
      { digest: digest(longBody) },
      passed("status 200"),
    ],
    [
      "a body that has no end",
      (socket) => {
        socket.on("error", () => undefined);
        socket.write("HTTP/1.0 200 OK\r\n\r\n");
        const more = () => {
          while (!socket.destroyed && socket.write(longBody.subarray(0, 1024 * 1024)));
        };
        socket.on("drain", more);
        more();
      },
      {},
      failed("body is longer than 10485760 bytes"),
    ],
    [
      "a body that is cut off",
      (socket) => socket.end("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
      {},
      failed("connection closed after 5 of 100 bytes"),
    ],
    ["nothing at all", (socket) => socket.end(), {}, failed("connection closed without an answer")],
    [
      "half a head",
      (socket) => socket.end("HTTP/1.0 200 OK\r\nServer: x"),
      {},
      failed("connection closed in the middle of the answer"),
    ],
    ["a reset", (socket) => void socket.resetAndDestroy(), {}, failed("connection reset")],
    [
      "another protocol",
      (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
      {},
      failed('answer is not HTTP: "SSH-2.0-OpenSSH_9.2\\r\\n"'),
    ],
    [
      "an answer in single bytes",
      (socket) => {
        for (const byte of Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) socket.write(Buffer.of(byte));
      },
      {},
      passed("status 200"),
    ],
  ];
  for (const [claim, answer, asked, expected] of cases)
    test(`judges ${claim}`, async () => {
      const port = await listen((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => answer(socket));
      });
      expect(await httpProbe(port, { requests: [request(asked)] })).toEqual(expected);
    });

  const slow: [claim: string, answer: (socket: Socket) => void, detail: string][] = [
    ["never answers", () => undefined, "no answer within 150ms"],
    [
      "drips its body, which restarts no deadline",
      (socket) => {
        socket.write("HTTP/1.0 200 OK\r\n\r\n");
        const drip = setInterval(() => socket.write("."), 20);
        socket.on("close", () => clearInterval(drip));
      },
      "no end of the answer within 150ms",
    ],
    [
      "leaves the connection open after its answer",
      (socket) => void socket.write("HTTP/1.0 200 OK\r\n\r\nall"),
      "no end of the answer within 150ms",
    ],
  ];
  for (const [claim, answer, detail] of slow)
    test(`fails at its deadline when the server ${claim}`, async () => {
      const port = await listen((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => answer(socket));
      });
      const { outcome, took } = await timed(() => httpProbe(port, { timeout: short }));
      expect(outcome).toEqual(failed(detail));
      expect(took).toBeLessThan(short + slack);
    });

  test("takes a body in chunks, and matches in what it carries", async () => {
    const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n5\r\n good\r\n0\r\n\r\n";
    const port = await answering(chunks);
    const match = { pattern: "l g", flags: "", absent: false, leastOffset: 0, mostOffset: undefined, firstLine: false };
    const one = request({ match, digest: createHash("md5").update("all good").digest("hex") });
    expect(await httpProbe(port, { version: "1.1", requests: [one] })).toEqual(passed("status 200"));
    const other = request({ match: { ...match, pattern: "bad" } });
    expect(await httpProbe(port, { requests: [other] })).toEqual(failed("body does not match /bad/"));
    const cut = await answering(chunks.slice(0, -12));
    expect(await httpProbe(cut, { version: "1.1" })).toEqual(failed("connection closed in the middle of the answer"));
  });

  test("compares values of a JSON body", async () => {
    const port = await answering('HTTP/1.0 200 OK\r\n\r\n{"status":"up"}');
    const json = (equals: string) => [request({ json: [{ path: "status", equals }] })];
    expect(await httpProbe(port, { requests: json("up") })).toEqual(passed("status 200"));
    expect(await httpProbe(port, { requests: json("down") })).toEqual(failed("body has up at status, expected down"));
  });

  test("sends method, headers and body as configured, in the version of HTTP that is asked for", async () => {
    const asked: string[] = [];
    const port = await listen((socket) =>
      socket.once("data", (bytes) => {
        asked.push(String(bytes));
        socket.end("HTTP/1.1 204 No Content\r\n\r\n");
      }),
    );
    const post = request({
      method: "POST",
      headers: ["X-Check: 1", "user-agent: own"],
      body: "é",
      virtualHost: "a.example",
    });
    expect((await httpProbe(port, { version: "1.1", requests: [post] })).kind).toBe("passed");
    expect(asked[0]).toBe(
      "POST / HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nConnection: close\r\nContent-Length: 2\r\nX-Check: 1\r\nuser-agent: own\r\n\r\né",
    );
    await httpProbe(port, {});
    expect(asked[1]).toBe(`GET / HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: vipward\r\nAccept: */*\r\n\r\n`);
    const head = await answering("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n");
    expect(await httpProbe(head, { requests: [request({ method: "HEAD" })] })).toEqual(passed("status 200"));
  });

  test("needs every request to pass, within one deadline, and names the one that did not", async () => {
    const port = await listen((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (bytes) => {
        const status = String(bytes).startsWith("GET /bad ") ? 500 : 200;
        socket.end(`HTTP/1.0 ${status} x\r\n\r\n`);
      });
    });
    const requests = [request({ path: "/good" }), request({ path: "/bad" }), request({ path: "/unasked" })];
    expect(await httpProbe(port, { requests })).toEqual(failed("/bad: status 500, expected 200-299"));
    expect(await httpProbe(port, { requests: requests.slice(0, 1) })).toEqual(passed("status 200"));
  });
});
