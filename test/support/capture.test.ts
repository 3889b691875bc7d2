import { describe, expect, test } from "bun:test";
import { parseFrame } from "./capture.ts";

const V3 =
  "1795223092.592562 3a:b7:70:89:88:af > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 46: 10.9.0.1 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 150, intvl 20cs, length 12";
const V2 =
  "1795223095.518974 3a:b7:70:89:88:af > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 58: 10.9.0.1 > 224.0.0.18: VRRPv2, Advertisement, vrid 52, prio 100, authtype simple, intvl 1s, length 24";
const IPV6 =
  "1795223094.913854 00:00:5e:00:02:35 > 33:33:00:00:00:12, ethertype IPv6 (0x86dd), length 94: fe80::38b7:70ff:fe89:88af > ff02::12: VRRPv3, Advertisement, vrid 53, prio 255, intvl 100cs, length 40";
const GRATUITOUS_ARP =
  "1795223092.598683 3a:b7:70:89:88:af > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.9.0.100 (ff:ff:ff:ff:ff:ff) tell 10.9.0.100, length 28";
const ARP_ANSWER =
  "1795223092.598683 3a:b7:70:89:88:af > 0e:8a:1b:6c:26:d7, ethertype ARP (0x0806), length 42: Reply 10.9.0.100 is-at 00:00:5e:00:01:33, length 28";
const NEIGHBOR =
  "1795223094.915332 00:00:5e:00:02:35 > 33:33:00:00:00:01, ethertype IPv6 (0x86dd), length 86: fd09::99 > ff02::1: ICMP6, neighbor advertisement, tgt is fd09::99, length 32";

describe("a line of tcpdump", () => {
  test("gives an advertisement's version, VRID, priority and interval in milliseconds", () => {
    expect([V3, V2, IPV6].map(parseFrame)).toEqual([
      {
        kind: "vrrp",
        at: 1795223092592.562,
        sourceMac: "3a:b7:70:89:88:af",
        destinationMac: "01:00:5e:00:00:12",
        line: V3,
        source: "10.9.0.1",
        destination: "224.0.0.18",
        version: 3,
        vrid: 51,
        priority: 150,
        intervalMs: 200,
      },
      expect.objectContaining({ kind: "vrrp", version: 2, vrid: 52, priority: 100, intervalMs: 1000 }),
      expect.objectContaining({ kind: "vrrp", version: 3, vrid: 53, destination: "ff02::12", intervalMs: 1000 }),
    ]);
  });

  test("tells what ARP asks and answers", () => {
    expect([GRATUITOUS_ARP, ARP_ANSWER].map(parseFrame)).toEqual([
      expect.objectContaining({ kind: "arp", operation: "request", target: "10.9.0.100", sender: "10.9.0.100" }),
      expect.objectContaining({ kind: "arp", operation: "reply", target: "10.9.0.100", sender: "00:00:5e:00:01:33" }),
    ]);
  });

  test("tells whom a neighbour advertisement is about", () => {
    expect(parseFrame(NEIGHBOR)).toEqual(
      expect.objectContaining({ kind: "neighbor", operation: "advertisement", source: "fd09::99", target: "fd09::99" }),
    );
  });

  test("that is no frame is passed over", () => {
    expect(parseFrame("listening on eth0, link-type EN10MB (Ethernet), snapshot length 256 bytes")).toBeUndefined();
  });
});
