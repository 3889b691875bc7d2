// Ends, in the way its argument names, while traffic flows through the add-on.
import "./addon-under-test.ts";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { NativeSocket } from "../../agent/kernel/linux/native.ts";
import { clock, createTimer, openSocket } from "../../agent/kernel/linux/native.ts";
import * as kernel from "./kernel-bytes.ts";

const name = kernel.unixAddress(`@vipward-native-environment-${process.pid}`);
const roomy = { bufferSize: 2048, batch: 16, queueLimit: 64 };

function receiverAt(address: Uint8Array, onMessages: () => void): NativeSocket {
  const socket = openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
  socket.bind(address);
  socket.startReading(roomy, onMessages, () => undefined);
  return socket;
}

function send(address: Uint8Array, count: number): void {
  const socket = openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
  socket.send(
    Array.from({ length: count }, () => ({ data: kernel.bytes("x"), address })),
    0,
  );
  socket.close();
}

/** Datagrams and deadlines, as fast as they go, for ever. */
function flood(onMessages: () => void): void {
  receiverAt(name, () => {
    onMessages();
    send(name, 5);
  });
  const timer = createTimer(() => timer.arm(clock("monotonic") + 0.2));
  timer.arm(0);
  send(name, 5);
}

const scenes: Record<string, () => unknown> = {
  "exit in a callback": () => {
    let calls = 0;
    flood(() => ++calls === 20 && process.exit(7));
  },
  "exit outside": () => {
    flood(() => undefined);
    const start = clock("monotonic");
    const look = () => (clock("monotonic") - start > 20 ? process.exit(7) : setImmediate(look));
    look();
  },
  "exit with everything open": () => {
    receiverAt(name, () => undefined).unref();
    const timer = createTimer(() => console.log("fired"));
    timer.unref();
    timer.arm(clock("monotonic") + 60_000);
  },
  "stay for a timer": () => createTimer(() => console.log("fired")).arm(clock("monotonic") + 50),
  "stay for a socket": () => {
    const socket = receiverAt(name, () => {
      console.log("received");
      socket.close();
    });
    setTimeout(() => send(name, 1), 50).unref();
  },
  "leave after use": () => {
    const timer = createTimer(() => undefined);
    timer.arm(0);
    timer.disarm();
    receiverAt(name, () => undefined).stopReading();
  },
  "throw in a callback": () => {
    const second = kernel.unixAddress(`@vipward-native-environment-${process.pid}-2`);
    process.on("uncaughtException", (error) => console.log("caught", error.message));
    const first = receiverAt(name, () => {
      first.close();
      throw new Error("of the first");
    });
    const other = receiverAt(second, () => {
      console.log("the second heard");
      other.close();
    });
    send(name, 1);
    send(second, 1);
    holdUp(20);
  },
  "throw without a handler": () => {
    receiverAt(name, () => {
      throw new Error("of the first");
    });
    send(name, 1);
  },
  "workers that are terminated": async () => {
    const before = ours();
    for (let round = 0; round < 5; round++) await runWorker();
    console.log(JSON.stringify(ours()) === JSON.stringify(before) ? "as before" : ours());
  },
  worker: () => {
    let calls = 0;
    flood(() => ++calls === 10 && postMessage("flooded"));
  },
};

/** Runs a worker until traffic flows in it, and ends it there. */
async function runWorker(): Promise<void> {
  const worker = new Worker(import.meta.path);
  const flooded = Promise.withResolvers<void>();
  worker.onmessage = () => flooded.resolve();
  await flooded.promise;
  const closed = Promise.withResolvers<void>();
  worker.addEventListener("close", () => closed.resolve());
  worker.terminate();
  await closed.promise;
}

/** How many threads and descriptors of the kinds that the add-on makes this process has. */
function ours(): { readers: number; timers: number; sockets: number } {
  const threads = readdirSync("/proc/self/task").map((task) => readFileSync(`/proc/self/task/${task}/comm`, "utf8"));
  const files = readdirSync("/proc/self/fd").map(linkOf);
  return {
    readers: threads.filter((thread) => thread === "vipward-reader\n").length,
    timers: files.filter((file) => file === "anon_inode:[timerfd]").length,
    sockets: files.filter((file) => file.startsWith("socket:")).length,
  };
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "the descriptor that read the folder";
  }
}

function holdUp(milliseconds: number): void {
  const end = clock("monotonic") + milliseconds;
  while (clock("monotonic") < end);
}

if (Bun.isMainThread) await scenes[process.argv[2] ?? ""]?.();
else scenes.worker?.();
