import "./addon-under-test.ts";
import { afterEach, expect, test } from "bun:test";
import { closeSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { ip } from "../../agent/base/address.ts";
import { createConnector, type NativeConnector } from "../../agent/kernel/linux/native.ts";
import { internetAddress } from "../../agent/kernel/linux/sockaddr.ts";
import { until } from "../support/until.ts";

const loopback = ip("127.0.0.1");
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test("a stream that connects is handed over, or closed where it is not wanted", async () => {
  const { connector, results } = connecting();
  const before = descriptors();
  const kept = connector.start(internetAddress(loopback, listen()), true, undefined, undefined, undefined);
  const dropped = connector.start(internetAddress(loopback, listen()), false, undefined, undefined, undefined);
  await until(() => results.size === 2, { what: "both are over" });
  expect(results.get(dropped)).toEqual({ errno: 0, descriptor: -1 });
  expect(results.get(kept)?.errno).toBe(0);
  expect(descriptors() - before).toBeGreaterThanOrEqual(1);
  closeSync(results.get(kept)?.descriptor ?? -1);
});

test("a closed port is named", async () => {
  const { connector, results } = connecting();
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  const attempt = connector.start(internetAddress(loopback, port), true, undefined, undefined, undefined);
  await until(() => results.has(attempt), { what: "it is over" });
  expect(results.get(attempt)).toEqual({ errno: constants.errno.ECONNREFUSED, descriptor: -1 });
});

test("a cancelled attempt is not called back, and its number ends nobody else's", async () => {
  const { connector, results } = connecting();
  const target = internetAddress(loopback, listen());
  const first = connector.start(target, true, undefined, undefined, undefined);
  connector.cancel(first);
  const second = connector.start(target, true, undefined, undefined, undefined);
  connector.cancel(first);
  await until(() => results.has(second), { what: "the second is over" });
  expect([...results.keys()]).toEqual([second]);
  closeSync(results.get(second)?.descriptor ?? -1);
});

test("thousands at once leave no descriptor", async () => {
  const { connector, results } = connecting();
  const target = internetAddress(loopback, listen());
  const before = descriptors();
  for (let count = 0; count < 500; count++) connector.start(target, false, undefined, undefined, undefined);
  await until(() => results.size === 500, { what: "all are over" });
  expect([...results.values()].filter(({ errno }) => errno !== 0)).toEqual([]);
  await until(() => descriptors() <= before, { what: "the listener has closed its ends" });
});

test("what cannot be begun throws, and a closed connector says so", () => {
  const { connector } = connecting();
  const target = internetAddress(loopback, 1);
  const absent = internetAddress(ip("192.0.2.77"));
  expect(() => connector.start(target, true, absent, undefined, undefined)).toThrow("EADDRNOTAVAIL");
  expect(() => connector.start(target, true, undefined, undefined, "nowhere0")).toThrow("ENODEV");
  expect(() => connector.start(new Uint8Array(1), true, undefined, undefined, undefined)).toThrow("EINVAL");
  connector.close();
  connector.close();
  expect(() => connector.start(target, true, undefined, undefined, undefined)).toThrow("EBADF");
});

function connecting() {
  const results = new Map<number, { errno: number; descriptor: number }>();
  const connector: NativeConnector = createConnector((found) => {
    for (let index = 0; index < found.length; index += 3)
      results.set(found[index] ?? 0, { errno: found[index + 1] ?? -1, descriptor: found[index + 2] ?? -1 });
  });
  closing.push(() => connector.close());
  return { connector, results };
}

function listen(): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined, error: () => undefined },
  });
  closing.push(() => listener.stop(true));
  return listener.port;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
