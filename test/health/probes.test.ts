// The probes against real listeners on loopback: every way a server can misbehave that we thought of, the deadline, and no socket left behind.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { HttpProbeModel, HttpRequestModel, TcpProbeModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http, plainGet, tcp } from "../balancer/model-builders.ts";
import { until } from "../support/until.ts";

const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const never = new AbortController().signal;
const patient = milliseconds(5_000);
const short = milliseconds(150);
/** What a loaded machine may take beyond a deadline. */
const slack = 500;
const opened: Server[] = [];
let descriptors = 0;

beforeAll(async () => {
  // The first connection makes the runtime open descriptors of its own, which stay.
  await tcpProbe(await listen(() => undefined));
});

afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

describe("a TCP probe", () => {
  test("passes when the connection is established, and resets it so that nothing stays in TIME_WAIT", async () => {
    let seen: string | undefined;
    const port = await listen((socket) => {
      socket.on("error", (error: NodeJS.ErrnoException) => {
        seen = error.code;
      });
    });
    expect(await tcpProbe(port)).toEqual({ kind: "passed", detail: "connected" });
    await until(() => seen, { what: "the server sees the end" });
    expect(seen).toBe("ECONNRESET");
    expect(timeWaits(port)).toBe(0);
  });

  test("fails in words when the connection is refused", async () => {
    expect(await tcpProbe(await unusedPort())).toEqual(failed("connection refused"));
  });

  test("is not made when the source address is not on this director", async () => {
    const outcome = await tcpProbe(await listen(() => undefined), { source: { address: ip("192.0.2.77") } });
    expect(outcome).toEqual({
      kind: "not-made",
      detail:
        "could not be tried: source address 192.0.2.77 is not on this director, or it has no local port left (EADDRNOTAVAIL)",
    });
  });

  test("works over IPv6", async () => {
    const port = await listen(() => undefined, "::1");
    expect(await tcpProbe(port, { address: ip("::1") })).toEqual({ kind: "passed", detail: "connected" });
  });

  test("is not made when it was cancelled before", async () => {
    const outcome = await probes.tcp(local(await listen(() => undefined)), AbortSignal.abort());
    expect(outcome).toEqual({ kind: "not-made", detail: "cancelled" });
  });
});

describe("a TCP probe of a host that does not answer", () => {
  const target = new Silent();
  beforeAll(() => target.start());
  afterAll(() => target.stop());

  test("fails at its deadline, and its socket is gone", async () => {
    const before = openDescriptors();
    const { outcome, took } = await timed(() => tcpProbe(target.port, { timeout: short }));
    expect(outcome).toEqual(failed("no connection within 150ms"));
    expect(took).toBeGreaterThanOrEqual(short - 2);
    expect(took).toBeLessThan(short + slack);
    expect(openDescriptors()).toBe(before);
  });

  test("ends at once when it is cancelled, and its socket is gone", async () => {
    const before = openDescriptors();
    const cancel = new AbortController();
    const pending = timed(() => probes.tcp(local(target.port), cancel.signal));
    await Bun.sleep(0);
    cancel.abort();
    const { outcome, took } = await pending;
    expect(outcome).toEqual({ kind: "not-made", detail: "cancelled" });
    expect(took).toBeLessThan(slack);
    expect(openDescriptors()).toBe(before);
  });
});

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

test("no way to end leaves a socket open", async () => {
  const port = await listen((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      if (String(bytes).startsWith("GET /ok ")) socket.end("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
      if (String(bytes).startsWith("GET /reset ")) socket.resetAndDestroy();
      if (String(bytes).startsWith("GET /close ")) socket.end();
    });
  });
  const refused = await unusedPort();
  descriptors = openDescriptors();
  const cancel = new AbortController();
  const paths = ["/ok", "/reset", "/close", "/hang"].map((path) => [request({ path })]);
  const all = Array.from({ length: 20 }, () => [
    ...paths.map((requests) => httpProbe(port, { requests, timeout: short })),
    tcpProbe(port, { timeout: short }),
    tcpProbe(refused, { timeout: short }),
    probes.http({ ...local(port), ...http({ address: ip("127.0.0.1"), port }), timeout: short }, cancel.signal),
  ]);
  cancel.abort();
  await Promise.all(all.flat());
  await until(() => openDescriptors() <= descriptors, { what: "the server's own sockets are closed too" });
  expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
});

test("a probe beyond the limit of open files is not made, and the next one is", async () => {
  const port = await listen(() => undefined);
  const scarce = hostProbes(new LinuxProbeSockets(), new LinuxPrograms(), 66);
  const outcomes = await Promise.all([1, 2, 3].map(() => scarce.tcp(local(port), never)));
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["not-made", "passed", "passed"]);
  expect((await scarce.tcp(local(port), never)).kind).toBe("passed");
});

test("a lack of descriptors is not taken for a refusal of the server", async () => {
  const port = await listen(() => undefined);
  const script = join(import.meta.dir, "exhausted-fixture.ts");
  const child = Bun.spawn(["sh", "-c", `ulimit -n 96; exec "$0" "$@"`, process.execPath, script, String(port)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(complaint).toBe("");
  expect(JSON.parse(output)).toEqual({
    kind: "not-made",
    detail: "could not be tried: the agent has no file descriptor left (EMFILE)",
  });
});

/** A port on loopback to which connections hang: its accept queue is full and nobody accepts. */
class Silent {
  port = 0;
  #child: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
  readonly #fillers: Socket[] = [];

  async start(): Promise<void> {
    const script = join(import.meta.dir, "silent-listener-fixture.ts");
    this.#child = Bun.spawn([process.execPath, script], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const { value } = await this.#child.stdout.getReader().read();
    this.port = Number(new TextDecoder().decode(value));
    await until(() => this.#isFull(), { what: "connections to the silent listener hang" });
  }

  stop(): void {
    for (const socket of this.#fillers) socket.destroy();
    this.#child?.kill("SIGKILL");
  }

  /** Connects until the kernel leaves a connection in SYN-SENT. */
  async #isFull(): Promise<boolean> {
    const { connect } = await import("node:net");
    for (let count = 0; count < 100; count++) {
      const socket = connect({ host: "127.0.0.1", port: this.port });
      socket.on("error", () => undefined);
      this.#fillers.push(socket);
    }
    await Bun.sleep(5);
    return connectionsTo(this.port, synSent) > 0;
  }
}

const synSent = "02";
const timeWait = "06";

function timeWaits(port: number): number {
  return connectionsTo(port, timeWait);
}

/** Counts sockets by state in /proc/net/tcp, whose numbers are hexadecimal. */
function connectionsTo(port: number, state: string): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[2]?.endsWith(suffix) && row[3] === state)
    .length;
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function listen(onConnection: (socket: Socket) => void, host = "127.0.0.1"): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  opened.push(server);
  return new Promise((resolve) => server.listen(0, host, () => resolve(portOf(server))));
}

function answering(text: string): Promise<number> {
  return listen((socket) => socket.once("data", () => socket.end(text)));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address.port;
}

async function unusedPort(): Promise<number> {
  const port = await listen(() => undefined);
  const server = opened.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

function local(port: number): TcpProbeModel {
  return tcp({ address: ip("127.0.0.1"), port, timeout: patient });
}

function tcpProbe(port: number, settings: Partial<TcpProbeModel> = {}): Promise<ProbeOutcome> {
  return probes.tcp({ ...local(port), ...settings }, never);
}

function httpProbe(port: number, settings: Partial<HttpProbeModel> = {}): Promise<ProbeOutcome> {
  return probes.http(http({ address: ip("127.0.0.1"), port, timeout: patient, ...settings }), never);
}

function request(settings: Partial<HttpRequestModel> = {}): HttpRequestModel {
  return { path: "/", statusCodes: [{ from: 200, to: 299 }], digest: undefined, ...plainGet, ...settings };
}

function passed(detail: string): ProbeOutcome {
  return { kind: "passed", detail };
}

function failed(detail: string): ProbeOutcome {
  return { kind: "failed", detail };
}

async function timed(work: () => Promise<ProbeOutcome>): Promise<{ outcome: ProbeOutcome; took: number }> {
  const start = performance.now();
  const outcome = await work();
  return { outcome, took: performance.now() - start };
}
