import { afterEach, describe, expect, test } from "bun:test";
import { openSocket } from "./native.ts";
import { openServiceManager } from "./service-manager.ts";
import { socketFamily, unixAddress } from "./sockaddr.ts";

const name = `@vipward-test-${process.pid}`;
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function listen() {
  const socket = openSocket(socketFamily.unix, 2, 0);
  socket.bind(unixAddress(name));
  open.push(socket);
  return () => new TextDecoder().decode(socket.receive(1, 4096, 5000)[0]?.data);
}

describe("the service manager", () => {
  test("is told one assignment a line, and a line end in a value begins no other", () => {
    const heard = listen();
    const manager = openServiceManager({ NOTIFY_SOCKET: name }, 1);
    open.push(manager);
    manager.notify({ READY: "1", STATUS: "two\nWATCHDOG=1" });
    expect(heard()).toBe("READY=1\nSTATUS=two WATCHDOG=1\n");
    expect(manager.present).toBe(true);
  });

  test("is told nothing when there is none", () => {
    for (const path of [undefined, "", "@", "relative"]) {
      const manager = openServiceManager({ NOTIFY_SOCKET: path }, 1);
      manager.notify({ READY: "1" });
      manager.close();
      expect(manager.present).toBe(false);
    }
  });

  test("that has gone away is no error", () => {
    const manager = openServiceManager({ NOTIFY_SOCKET: `${name}-gone` }, 1);
    open.push(manager);
    expect(() => manager.notify({ READY: "1" })).not.toThrow();
  });

  test("says in microseconds, and to which process, how long it waits for a sign of life", () => {
    const intervals = [{}, { WATCHDOG_PID: "7" }, { WATCHDOG_PID: "8" }].map((pid) => {
      const manager = openServiceManager({ NOTIFY_SOCKET: name, WATCHDOG_USEC: "30000000", ...pid }, 7);
      open.push(manager);
      return manager.watchdogInterval;
    });
    expect(intervals).toEqual([30_000, 30_000, undefined]);
    expect(openServiceManager({ WATCHDOG_USEC: "30000000" }, 7).watchdogInterval).toBeUndefined();
  });
});
