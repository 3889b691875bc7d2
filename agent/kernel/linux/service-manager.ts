// systemd's notification socket (sd_notify(3)): datagrams of NAME=VALUE lines to the socket that $NOTIFY_SOCKET names, "@" for the abstract space.

import type { ServiceManager } from "../service-manager.ts";
import { openSocket } from "./native.ts";
import { socketFamily, unixAddress } from "./sockaddr.ts";

const socketDatagram = 2; // SOCK_DGRAM
const noSignal = 0x4000; // MSG_NOSIGNAL
const absent: ServiceManager = { present: false, notify: () => {}, close: () => {} };

/** The service manager that the environment names, if any. `processId` is ours: a watchdog for another process is not meant for us. */
export function openServiceManager(
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
): ServiceManager {
  const path = environment.NOTIFY_SOCKET;
  if (path === undefined || !/^[/@]./.test(path)) return absent;
  const socket = openSocket(socketFamily.unix, socketDatagram, 0);
  const address = unixAddress(path);
  const notify = (assignments: Readonly<Record<string, string>>) => {
    try {
      socket.send([{ data: linesOf(assignments), address }], noSignal);
    } catch {
      // Nobody listens any more, or not fast enough: the service manager's own watchdog is the remedy for that.
    }
  };
  const watchdogInterval = watchdogOf(environment, processId);
  const manager = { present: true, notify, close: () => socket.close() };
  return watchdogInterval === undefined ? manager : { ...manager, watchdogInterval };
}

/** Line ends would begin another assignment. */
function linesOf(assignments: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(assignments).map(([name, value]) => `${name}=${value.replaceAll(/[\r\n]+/g, " ")}\n`);
  return new TextEncoder().encode(lines.join(""));
}

/** $WATCHDOG_USEC in microseconds, for the process that $WATCHDOG_PID names or for whoever reads it. */
function watchdogOf(environment: Readonly<Record<string, string | undefined>>, processId: number): number | undefined {
  const microseconds = Number(environment.WATCHDOG_USEC);
  const watched = environment.WATCHDOG_PID;
  if (!Number.isInteger(microseconds) || microseconds <= 0) return undefined;
  return watched === undefined || Number(watched) === processId ? microseconds / 1000 : undefined;
}
