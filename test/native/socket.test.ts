import "./addon-under-test.ts";
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeSocket } from "../../agent/kernel/linux/native.ts";
import { openSocket } from "../../agent/kernel/linux/native.ts";
import * as kernel from "./kernel-bytes.ts";

const isRoot = process.getuid?.() === 0;
const opened: NativeSocket[] = [];

function open(family: number, type: number, protocol: number): NativeSocket {
  const socket = openSocket(family, type, protocol);
  opened.push(socket);
  return socket;
}

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

describe("netlink", () => {
  test("a dump of the links ends with done and contains the loopback interface", () => {
    const socket = open(kernel.AF_NETLINK, kernel.SOCK_RAW, kernel.NETLINK_ROUTE);
    expect(socket.send([{ data: kernel.dumpLinks(7) }], 0)).toBe(1);
    const messages = [];
    while (messages.at(-1)?.type !== kernel.NLMSG_DONE) {
      const received = socket.receive(8, 65536, 1000);
      expect(received).not.toEqual([]);
      for (const { data } of received) messages.push(...kernel.netlinkMessages(data));
    }
    const links = messages.filter(({ type }) => type === kernel.RTM_NEWLINK);
    expect(links.map(({ payload }) => payload[4])).toContain(1);
    expect(links.map(({ payload }) => kernel.text(payload.subarray(20, 23)))).toContain("lo\0");
  });

  test("the kernel gives the socket an address", () => {
    const socket = open(kernel.AF_NETLINK, kernel.SOCK_RAW, kernel.NETLINK_ROUTE);
    socket.bind(kernel.netlinkAddress());
    const address = socket.localAddress();
    expect(address.length).toBe(12);
    expect(address.subarray(4, 8)).not.toEqual(new Uint8Array(4));
  });
});

describe.if(isRoot)("raw IPv4", () => {
  const loopback = kernel.inetAddress("127.0.0.1");

  function openVrrp(): NativeSocket {
    const socket = open(kernel.AF_INET, kernel.SOCK_RAW, kernel.protocolVrrp);
    socket.setOption(kernel.IPPROTO_IP, kernel.IP_RECVTTL, 1);
    socket.setOption(kernel.IPPROTO_IP, kernel.IP_PKTINFO, 1);
    socket.bind(loopback);
    return socket;
  }

  test("protocol 112 arrives with its header, its time-to-live and its interface", () => {
    const socket = openVrrp();
    socket.setOption(kernel.IPPROTO_IP, kernel.IP_TTL, 255);
    expect(socket.send([{ data: kernel.bytes("advertisement"), address: loopback }], 0)).toBe(1);
    const [message] = socket.receive(4, 2048, 1000);
    expect(kernel.text(message?.data.subarray(20) ?? new Uint8Array())).toBe("advertisement");
    expect(message?.address.subarray(4, 8)).toEqual(Uint8Array.of(127, 0, 0, 1));
    expect(message?.truncated).toBe(false);
    const control = message?.control ?? new Uint8Array();
    expect(kernel.controlData(control, kernel.IPPROTO_IP, kernel.IP_TTL)).toEqual(kernel.int32(255));
    const packetInfo = kernel.controlData(control, kernel.IPPROTO_IP, kernel.IP_PKTINFO);
    expect(packetInfo?.subarray(0, 4)).toEqual(kernel.int32(1));
  });

  test("a control record that is sent sets the time-to-live of its message alone", () => {
    const socket = openVrrp();
    const control = kernel.controlRecord(kernel.IPPROTO_IP, kernel.IP_TTL, kernel.int32(7));
    const data = kernel.bytes("x");
    expect(
      socket.send(
        [
          { data, address: loopback, control },
          { data, address: loopback },
        ],
        0,
      ),
    ).toBe(2);
    const lives = socket
      .receive(4, 2048, 1000)
      .map((message) => kernel.controlData(message.control, kernel.IPPROTO_IP, kernel.IP_TTL)?.[0]);
    expect(lives).toEqual([7, 64]);
  });
});

describe.if(isRoot)("packet sockets", () => {
  test("a frame sent on the loopback interface comes in, and says where it was seen", () => {
    const socket = open(kernel.AF_PACKET, kernel.SOCK_RAW, 0);
    socket.bind(kernel.packetAddress(1, kernel.experimentalEtherType));
    const frame = Uint8Array.from([...new Uint8Array(12), 0x88, 0xb5, ...kernel.bytes("hello")]);
    expect(socket.send([{ data: frame }], 0)).toBe(1);
    const [message] = socket.receive(1, 2048, 1000);
    expect(message?.data).toEqual(frame);
    // Of the address: family and EtherType, then the interface's index.
    expect(message?.address.subarray(0, 8)).toEqual(
      kernel.packetAddress(1, kernel.experimentalEtherType).subarray(0, 8),
    );
  });
});

describe("unix datagrams", () => {
  function pairOn(name: string): [NativeSocket, NativeSocket] {
    const receiver = open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
    receiver.bind(kernel.unixAddress(name));
    const sender = open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
    sender.connect(kernel.unixAddress(name));
    return [receiver, sender];
  }

  function abstractPair(): [NativeSocket, NativeSocket] {
    return pairOn(`@vipward-native-${process.pid}`);
  }

  test("arrive at a path", () => {
    const directory = mkdtempSync(join(tmpdir(), "vipward-native-"));
    const [receiver, sender] = pairOn(join(directory, "notify"));
    expect(sender.send([{ data: kernel.bytes("READY=1") }], 0)).toBe(1);
    expect(receiver.receive(1, 100, 1000).map(({ data }) => kernel.text(data))).toEqual(["READY=1"]);
    rmSync(directory, { recursive: true });
  });

  test("arrive at an abstract name, whole and with nothing else", () => {
    const [receiver, sender] = abstractPair();
    sender.send([{ data: kernel.bytes("READY=1") }], 0);
    const none = new Uint8Array();
    expect(receiver.receive(1, 100, 1000)).toEqual([
      { data: kernel.bytes("READY=1"), address: none, control: none, truncated: false },
    ]);
  });

  test("several leave in one call and arrive in order, empty ones too", () => {
    const [receiver, sender] = abstractPair();
    expect(
      sender.send(
        ["a", "", "c"].map((word) => ({ data: kernel.bytes(word) })),
        0,
      ),
    ).toBe(3);
    expect(receiver.receive(8, 100, 1000).map(({ data }) => kernel.text(data))).toEqual(["a", "", "c"]);
  });

  test("no messages are sent by an empty list", () => {
    const [, sender] = abstractPair();
    expect(sender.send([], 0)).toBe(0);
  });

  test("a full receiver takes some, and the next call says why", () => {
    const [receiver, sender] = abstractPair();
    const many = Array.from({ length: 3000 }, (_, index) => ({ data: kernel.int32(index) }));
    const sent = sender.send(many, 0);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(many.length);
    expect(() => sender.send(many, 0)).toThrow("sendmsg: EAGAIN, resource temporarily unavailable");
    const received = [];
    for (let batch = receiver.receive(1024, 100, 0); batch.length > 0; batch = receiver.receive(1024, 100, 0)) {
      received.push(...batch.map(({ data }) => data));
    }
    expect(received).toEqual(many.slice(0, sent).map(({ data }) => data));
  });

  test("one longer than the buffer is cut off and says so", () => {
    const [receiver, sender] = abstractPair();
    sender.send([{ data: kernel.bytes("0123456789") }], 0);
    const [message] = receiver.receive(1, 4, 1000);
    expect(message).toMatchObject({ data: kernel.bytes("0123"), truncated: true });
  });

  test("descriptors that a peer attaches are closed", () => {
    const [receiver, sender] = abstractPair();
    const before = descriptorCount();
    const control = kernel.controlRecord(kernel.SOL_SOCKET, kernel.SCM_RIGHTS, kernel.int32(0));
    sender.send([{ data: kernel.bytes("x"), control }], 0);
    const [message] = receiver.receive(1, 100, 1000);
    const attached = kernel.controlData(message?.control ?? new Uint8Array(), kernel.SOL_SOCKET, kernel.SCM_RIGHTS);
    expect(attached).toEqual(kernel.int32(-1));
    expect(descriptorCount()).toBe(before);
  });

  test("waiting ends at the timeout when nothing comes", () => {
    const [receiver] = abstractPair();
    const started = performance.now();
    expect(receiver.receive(1, 100, 20)).toEqual([]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(19);
  });
});

describe("options", () => {
  test.if(isRoot)("a number fills a C int, signed or unsigned", () => {
    const socket = open(kernel.AF_INET, kernel.SOCK_DGRAM, 0);
    socket.setOption(kernel.SOL_SOCKET, kernel.SO_MARK, 0xffffffff);
    expect(socket.getOption(kernel.SOL_SOCKET, kernel.SO_MARK, 4)).toEqual(Uint8Array.of(255, 255, 255, 255));
    socket.setOption(kernel.SOL_SOCKET, kernel.SO_MARK, -2);
    expect(socket.getOption(kernel.SOL_SOCKET, kernel.SO_MARK, 4)).toEqual(Uint8Array.of(254, 255, 255, 255));
  });

  test("bytes go as they are, and come back as long as the kernel made them", () => {
    const socket = open(kernel.AF_INET, kernel.SOCK_DGRAM, 0);
    socket.setOption(kernel.IPPROTO_IP, kernel.IP_TTL, kernel.int32(9));
    expect(socket.getOption(kernel.IPPROTO_IP, kernel.IP_TTL, 64)).toEqual(kernel.int32(9));
  });
});

describe("failures", () => {
  function failureOf(run: () => unknown): unknown {
    try {
      run();
    } catch (error) {
      const { message, code, errno, syscall } = error as Error & Record<string, unknown>;
      return { isError: error instanceof Error, message, code, errno, syscall };
    }
    return "no failure";
  }

  test("carry the errno's name and number, the system call and a sentence", () => {
    expect(failureOf(() => openSocket(kernel.AF_NETLINK, kernel.SOCK_RAW, 999))).toEqual({
      isError: true,
      message: "socket: EPROTONOSUPPORT, protocol not supported",
      code: "EPROTONOSUPPORT",
      errno: 93,
      syscall: "socket",
    });
    const socket = open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
    expect(failureOf(() => socket.connect(kernel.unixAddress("/nonexistent/socket")))).toEqual({
      isError: true,
      message: "connect: ENOENT, no such file or directory",
      code: "ENOENT",
      errno: 2,
      syscall: "connect",
    });
  });

  test("every use of a closed socket is a bad descriptor, and closing twice is none", () => {
    const socket = openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
    socket.close();
    socket.close();
    socket.stopReading();
    const nothing = () => undefined;
    const uses = [
      () => socket.setOption(kernel.SOL_SOCKET, kernel.SO_RCVBUF, 1),
      () => socket.getOption(kernel.SOL_SOCKET, kernel.SO_RCVBUF, 4),
      () => socket.bind(kernel.unixAddress("@x")),
      () => socket.connect(kernel.unixAddress("@x")),
      () => socket.localAddress(),
      () => socket.send([{ data: kernel.bytes("x") }], 0),
      () => socket.receive(1, 1, 0),
      () => socket.startReading({ bufferSize: 1, batch: 1, queueLimit: 1 }, nothing, nothing),
    ];
    expect(uses.map((use) => (failureOf(use) as { code: string }).code)).toEqual(uses.map(() => "EBADF"));
  });

  test("arguments of another kind or out of range are refused by name", () => {
    const socket = open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
    const lies = socket as unknown as Record<"bind" | "send" | "setOption", (...values: unknown[]) => unknown>;
    expect(() => lies.bind("/run/x")).toThrow(new TypeError("address must be a Uint8Array"));
    expect(() => lies.bind(new Uint16Array(4))).toThrow(new TypeError("address must be a Uint8Array"));
    expect(() => lies.send([{ data: "x" }], 0)).toThrow(new TypeError("data must be a Uint8Array"));
    expect(() => lies.send([undefined], 0)).toThrow(new TypeError("a message must be an object"));
    expect(() => lies.send("x", 0)).toThrow(new TypeError("messages must be an array"));
    expect(() => lies.setOption(1, 8, "x")).toThrow(new TypeError("value must be a Uint8Array"));
    expect(() => socket.receive(0, 1, 0)).toThrow(new RangeError("maxMessages must be a whole number from 1 to 1024"));
    expect(() => socket.receive(1, 1.5, 0)).toThrow(RangeError);
    expect(() => socket.receive(1, Number.NaN, 0)).toThrow(RangeError);
  });
});

describe("descriptors", () => {
  test("2000 sockets opened and closed leave none behind", () => {
    const before = descriptorCount();
    for (let round = 0; round < 2000; round++) openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0).close();
    expect(descriptorCount()).toBe(before);
  });

  test("sockets that nobody refers to any more are closed by the collector", async () => {
    const before = descriptorCount();
    for (let round = 0; round < 200; round++) openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
    const deadline = performance.now() + 4000;
    while (descriptorCount() > before + 20 && performance.now() < deadline) {
      Bun.gc(true);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(descriptorCount()).toBeLessThanOrEqual(before + 20);
  });
});

function descriptorCount(): number {
  return readdirSync("/proc/self/fd").length;
}
