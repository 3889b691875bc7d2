// One agent for each runtime directory: a name that ends with the process, however it ends. Without it two agents that start at the same
// moment would take turns at taking the children from each other. The name is an abstract unix address (unix(7)), made from the
// directory's path: the kernel gives it to one process at a time and leaves no file behind. It holds within one network namespace; an
// agent of another one is found by the socket of its API.

import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../base/errors.ts";
import { type NativeSocket, openSocket } from "../kernel/linux/native.ts";
import { socketFamily, unixAddress } from "../kernel/linux/sockaddr.ts";
import { socketPath } from "../supervisor/child-process.ts";

/** A runtime directory that is ours until `release`, or until the process ends. */
export interface RuntimeLock {
  release(): void;
}

/** Held here as well, so that the collector cannot give a lock back that its owner only forgot. */
const held = new Set<NativeSocket>();

/** How often a lock that another process has is tried again. */
const retryMs = 20;

/** Takes the lock; undefined when another process has it for longer than `patienceMs`, which an agent that is just ending does not. Rejects
 * when the directory cannot hold what the agent's processes need: files and sockets. */
export async function lockRuntimeDirectory(
  runtimeDirectory: string,
  patienceMs = 2000,
): Promise<RuntimeLock | undefined> {
  expectRoomForFiles(runtimeDirectory);
  expectRoomForSockets(runtimeDirectory);
  const address = unixAddress(`@vipward ${createHash("sha256").update(runtimeDirectory).digest("hex")}`);
  for (let waited = 0; ; waited += retryMs) {
    const lock = tryLock(address);
    if (lock !== undefined || waited >= patienceMs) return lock;
    await Bun.sleep(retryMs);
  }
}

function tryLock(address: Uint8Array): RuntimeLock | undefined {
  const datagrams = 2; // SOCK_DGRAM: nobody ever sends any
  const socket = openSocket(socketFamily.unix, datagrams, 0);
  try {
    socket.bind(address);
  } catch (thrown) {
    socket.close();
    if (codeOf(thrown) === "EADDRINUSE") return undefined;
    throw thrown;
  }
  held.add(socket);
  return {
    release: () => {
      held.delete(socket);
      socket.close();
    },
  };
}

/** The children would otherwise find out one after the other, again and again. */
function expectRoomForFiles(runtimeDirectory: string): void {
  const trial = join(runtimeDirectory, `control.${process.pid}`);
  writeFileSync(trial, "x", { mode: 0o600 });
  rmSync(trial, { force: true });
}

/** unix(7): what fits into sun_path, without its closing zero. */
const longestSocketPath = 107;

function expectRoomForSockets(runtimeDirectory: string): void {
  const path = socketPath(runtimeDirectory, "checkers");
  const length = Buffer.byteLength(path);
  if (length > longestSocketPath)
    throw new Error(
      `the path of the socket ${path} would have ${length} bytes, at most ${longestSocketPath} are possible`,
    );
}
