import "./addon-under-test.ts";
import { dlopen, FFIType, ptr } from "bun:ffi";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { enterNetworkNamespace, peerCredentials, setProcessors } from "../../agent/kernel/linux/native.ts";
import { freshNamespace, namespaceTitle, whyNoNamespaces } from "./namespace.ts";

const isRoot = process.getuid?.() === 0;
const fixture = join(import.meta.dir, "process-fixture.ts");
const isSanitized = process.env.VIPWARD_TEST_ADDON?.includes("sanitized") === true;
const [other, fifo] = [0, 1];

function see(...scene: string[]): unknown {
  const done = Bun.spawnSync([process.execPath, fixture, ...scene], { stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`${scene[0]}: ${done.stderr.toString()}`);
  return JSON.parse(done.stdout.toString());
}

describe.if(isRoot)("scheduling", () => {
  test.each([
    ["before the reader starts", { policy: fifo, priority: 11 }, { policy: fifo, priority: 12 }],
    ["while the reader runs", { policy: fifo, priority: 12 }, { policy: fifo, priority: 13 }],
    ["back to other", { policy: other, priority: 0 }, { policy: other, priority: 0 }],
  ])(
    "%s counts for all threads of the engine, and in real time the reader thread is above them",
    (when, all, reader) => {
      expect(see(`scheduling ${when}`)).toEqual({ main: all, reader, others: [all] });
    },
  );

  test("by processors counts for all threads, and can be given back", () => {
    const seen = see("processors of all threads") as { first: number; alone: unknown; whole: boolean };
    expect(seen).toEqual({
      first: seen.first,
      alone: { main: [seen.first], every: [String(seen.first)] },
      whole: true,
    });
  });

  test("by niceness counts for all threads", () => {
    expect(see("nice of all threads")).toEqual([3]);
  });

  test("refuses processors that are not there", () => {
    expect(() => setProcessors([1023])).toThrow("sched_setaffinity: EINVAL");
    expect(() => setProcessors([])).toThrow("sched_setaffinity: EINVAL");
  });

  test("is inherited by a child", () => {
    expect(see("scheduling of a child")).toEqual({ policy: fifo, priority: 13 });
  });
});

describe.if(isRoot)("memory", () => {
  // The sanitizer needs memory that is not locked, and makes the call do nothing.
  test.skipIf(isSanitized)("is locked as it is touched, without filling what the engine only reserves", () => {
    const { grownKilobytes, lockedKilobytes } = see("locked memory") as Record<string, number>;
    expect(lockedKilobytes).toBeGreaterThan(0);
    expect(grownKilobytes).toBeLessThan(32 * 1024);
  });
});

describe.if(isRoot)("a network namespace", () => {
  test.skipIf(whyNoNamespaces !== undefined)(namespaceTitle("is entered by its file"), () => {
    using namespace = freshNamespace();
    namespace.ip("link", "add", "inside", "type", "veth", "peer", "name", "other");
    expect(see("network namespace", namespace.path)).toEqual(["lo", "inside"]);
  });

  test("that does not exist, or is none, is named in the error", () => {
    expect(() => enterNetworkNamespace("/run/netns/no-such")).toThrow(
      "open: ENOENT, no such file or directory: /run/netns/no-such",
    );
    expect(() => enterNetworkNamespace("/etc/hosts")).toThrow("setns: EINVAL, invalid argument: /etc/hosts");
    expect(() => enterNetworkNamespace("a\0b")).toThrow(new TypeError("path must be a string without NUL"));
  });
});

describe.if(isRoot)("rights", () => {
  test("that were given up are gone", () => {
    expect(see("no raw sockets")).toEqual({ same: true, error: "socket: EPERM, operation not permitted" });
  });

  test("that left the bounding set are out of reach of children", () => {
    expect(see("bounding capability")).toEqual({ mine: false, child: false });
  });

  test("can be made ambient, and ordinary again", () => {
    expect(see("ambient capability")).toEqual({ raised: true, lowered: false });
  });

  test("are gained no more after no-new-privileges", () => {
    expect(see("no new privileges")).toEqual(["0", "1"]);
  });
});

describe("a process", () => {
  test("becomes another program under its own id", () => {
    const [id, former] = see("another program") as [number, number];
    expect(id).toBeGreaterThan(0);
    expect(former).toBe(id);
  });

  test("is shown under its name, cut to 15 bytes", () => {
    expect(see("process name")).toBe("vipward: a name\n");
  });

  test("that asked for it is killed when its parent is", async () => {
    const parent = Bun.spawn([process.execPath, fixture, "parent that is to be killed"], { stdout: "pipe" });
    let output = "";
    // The child holds the other end of the pipe: it closes, and the loop ends, when the child is dead.
    for await (const chunk of parent.stdout) {
      output += new TextDecoder().decode(chunk);
      if (output.split("\n").length === 3) parent.kill("SIGKILL");
    }
    expect(output.split("\n")).toContain(String(parent.pid));
    expect(await parent.exited).toBe(137);
  });

  test("hands a signal on before its own JavaScript has heard of it, and hears of it all the same", () => {
    expect(see("signal that is handed on")).toEqual({ before: false, after: true, other: "SIGUSR2" });
  });

  test("does not hand on what it does not listen to: that would be the end of it", () => {
    expect(see("signal that nobody is listening to")).toBe("Error: sigaction: EINVAL, invalid argument");
  });

  test("is recognised by the other end of a unix socket", () => {
    const libc = dlopen("libc.so.6", {
      socketpair: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
      close: { args: [FFIType.i32], returns: FFIType.i32 },
    });
    const ends = new Int32Array(2);
    expect(libc.symbols.socketpair(1, 1, 0, ptr(ends))).toBe(0);
    const credentials = peerCredentials(ends[0] ?? -1);
    for (const end of ends) libc.symbols.close(end);
    expect(credentials).toEqual({ pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 });
    expect(() => peerCredentials(ends[0] ?? -1)).toThrow("getsockopt: EBADF");
  });
});
