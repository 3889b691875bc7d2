// The probes against real listeners on loopback: every way a server can misbehave that we thought of, the deadline, and no socket left behind.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http } from "../balancer/model-builders.ts";
import { until } from "../support/until.ts";
import {
  closeListeners,
  connectOnce,
  failed,
  httpProbe,
  listen,
  local,
  never,
  openDescriptors,
  probes,
  request,
  Silent,
  short,
  slack,
  tcpProbe,
  timed,
  timeWaits,
  unusedPort,
} from "./loopback.ts";

let descriptors = 0;

beforeAll(connectOnce);
afterEach(closeListeners);

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
