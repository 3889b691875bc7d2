// What Linux puts on the wire for the agent, read by a packet socket at the other end of the cable. Nothing here has a twin in memory.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { addressBytes, type Family, ip } from "../../agent/base/address.ts";
import { internetChecksum } from "../../agent/base/checksum.ts";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { type NativeSocket, openSocket } from "../../agent/kernel/linux/native.ts";
import { internetAddress, packetAddress, socketFamily } from "../../agent/kernel/linux/sockaddr.ts";
import { linuxVrrpSockets } from "../../agent/kernel/linux/vrrp-socket.ts";
import { type ReceivedDatagram, type VrrpSocket, vrrpGroups, vrrpProtocol } from "../../agent/kernel/vrrp-socket.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { joinedNamespaces, linuxTitle, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const socketRaw = 3; // SOCK_RAW
const etherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const payload = new Uint8Array([0x31, 1, 100, 1, 0, 100, 0, 0, 10, 9, 0, 100]);

describe.skipIf(whyNoNamespaces !== undefined)(linuxTitle("packets", whyNoNamespaces), () => {
  let spaces: ReturnType<typeof joinedNamespaces>;
  let reader: NativeSocket | undefined;
  let socket: VrrpSocket | undefined;
  const frames: Uint8Array[] = [];
  const heard: ReceivedDatagram[] = [];

  beforeEach(() => {
    spaces = joinedNamespaces();
    frames.length = 0;
    heard.length = 0;
    for (const address of ["10.9.0.1/24", "2001:db8::1/64"]) spaces.a.ip("address", "add", address, "dev", "eth0");
    for (const address of ["10.9.0.2/24", "2001:db8::2/64"]) spaces.b.ip("address", "add", address, "dev", "eth0");
  });
  afterEach(() => {
    reader?.close();
    socket?.close();
    spaces[Symbol.dispose]();
  });

  const indexIn = (side: "a" | "b") => {
    const links = spaces[side].inside(() => new LinuxLinks());
    const index = links.links().find(({ name }) => name === "eth0")?.index ?? 0;
    links.close();
    return index;
  };
  const open = (side: "a" | "b", family: Family) => {
    const options = { family, linkIndex: indexIn(side), linkName: "eth0", group: ip(vrrpGroups[family]) };
    const handlers = { onDatagram: (datagram: ReceivedDatagram) => heard.push(datagram), onTrouble: () => {} };
    socket = spaces[side].inside(() => linuxVrrpSockets.open({ ...options, ...handlers }));
    return socket;
  };
  const capture = (family: Family) => {
    reader = spaces.b.inside(() => openSocket(socketFamily.packet, socketRaw, 0));
    reader.bind(packetAddress(indexIn("b"), etherType[family]));
    const protocolAt = family === "ipv4" ? 23 : 20;
    const take = (data: Uint8Array) => data[protocolAt] === vrrpProtocol && frames.push(data);
    reader.startReading(
      { bufferSize: 2048, batch: 16, queueLimit: 256 },
      (messages) => void messages.map(({ data }) => take(data)),
      () => {},
    );
  };
  const captured = () => until(() => frames[0], { what: "the advertisement is on the wire" });

  test("an ipv4 advertisement goes to the group's MAC address with class 0xc0, time to live 255 and protocol 112", async () => {
    capture("ipv4");
    open("a", "ipv4").send([{ source: ip("10.9.0.1"), destination: ip(vrrpGroups.ipv4), payload }]);
    const frame = await captured();
    expect(frame.subarray(0, 6).toHex()).toBe("01005e000012");
    const [versionAndLength, trafficClass] = frame.subarray(14);
    expect([versionAndLength, trafficClass, frame[22], frame[23]]).toEqual([0x45, 0xc0, 255, 112]);
    expect([frame.subarray(26, 30), frame.subarray(30, 34)]).toEqual([
      addressBytes(ip("10.9.0.1")),
      addressBytes(ip("224.0.0.18")),
    ]);
    expect(frame.subarray(34, 34 + payload.length)).toEqual(payload);
  });

  test("an ipv6 advertisement goes to the group's MAC address with class 0xc0, hop limit 255, and a checksum that is right", async () => {
    capture("ipv6");
    open("a", "ipv6").send([{ source: ip("2001:db8::1"), destination: ip(vrrpGroups.ipv6), payload }]);
    const frame = await captured();
    expect(frame.subarray(0, 6).toHex()).toBe("333300000012");
    expect([frame[14], (frame[15] ?? 0) & 0xf0, frame[20], frame[21]]).toEqual([0x6c, 0x00, 112, 255]);
    const packet = frame.subarray(54, 54 + payload.length);
    // RFC 8200, section 8.1: addresses, length and next header stand before the packet; over a right checksum the sum is zero.
    const pseudoHeader = Buffer.concat([
      frame.subarray(22, 54),
      new Uint8Array([0, 0, 0, packet.length, 0, 0, 0, vrrpProtocol]),
    ]);
    expect(internetChecksum(Buffer.concat([pseudoHeader, packet]))).toBe(0);
  });

  test("a rehearsed advertisement stays here, and the next one leaves as if nothing had been", async () => {
    for (const [family, address] of [
      ["ipv4", "10.9.0.1"],
      ["ipv6", "2001:db8::1"],
    ] as const) {
      frames.length = 0;
      capture(family);
      const sender = open("a", family);
      const ends = { source: ip(address), destination: ip(vrrpGroups[family]) };
      sender.rehearse?.([{ ...ends, payload: new Uint8Array(20) }]);
      sender.rehearse?.([{ ...ends, payload }]);
      sender.send([{ ...ends, payload }]);
      sender.send([{ source: ends.source, destination: ends.destination, payload }]);
      await until(() => frames[1], { what: `two advertisements of ${family} are on the wire` });
      const headerLength = family === "ipv4" ? 34 : 54;
      expect(frames.map((frame) => frame.subarray(headerLength, headerLength + 6))).toEqual(
        [0, 1].map(() => payload.subarray(0, 6)),
      );
      reader?.close();
      sender.close();
    }
  });

  test("a datagram that crossed a router is delivered with the time to live that is left, and one with a wrong checksum too", async () => {
    for (const [family, address, group] of [
      ["ipv4", "10.9.0.1", vrrpGroups.ipv4],
      ["ipv6", "2001:db8::1", vrrpGroups.ipv6],
    ] as const) {
      heard.length = 0;
      open("b", family);
      const stranger = spaces.a.inside(() => openSocket(socketFamily[family], socketRaw, vrrpProtocol));
      const [level, hops] = family === "ipv4" ? ([0, 33] as const) : ([41, 18] as const); // IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS
      stranger.setOption(level, hops, 64);
      stranger.bind(internetAddress(ip(address)));
      const scope = indexIn("a");
      if (family === "ipv4") spaces.a.ip("route", "add", "224.0.0.0/4", "dev", "eth0");
      stranger.send([{ data: payload, address: internetAddress(ip(group), 0, scope) }], 0);
      stranger.close();
      const datagram = await until(() => heard[0], { what: `b hears ${family}` });
      expect({ ...datagram, receivedAt: undefined }).toEqual({
        source: ip(address),
        destination: ip(group),
        timeToLive: 64,
        payload,
        receivedAt: undefined,
      });
      socket?.close();
    }
  });
});
