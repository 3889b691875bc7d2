// Frames of keepalived 2.2.7 as Debian 12 packages it, captured on a veth pair with tcpdump, and what its configuration said they
// would say. The sender's address is 10.9.0.2 (fe80::ff:fe00:1), its hardware address 02:00:00:00:00:01.

import { ip } from "../../agent/base/address.ts";
import { centiseconds, seconds } from "../../agent/base/duration.ts";
import type { Advertisement } from "../../agent/vrrp/core/packets/advertisement.ts";

/** An advertisement on the wire. `withPseudoHeader`: the dialect of its version 3 checksum. */
export interface CapturedAdvertisement {
  readonly name: string;
  readonly frame: string;
  readonly advertisement: Advertisement;
  readonly withPseudoHeader: boolean;
}

/** The advertisements. */
export const capturedAdvertisements: readonly CapturedAdvertisement[] = [
  {
    name: "version 2 of an address owner",
    frame:
      "01005e000012020000000001080045c0002800010000ff70d0870a090002e00000122133ff010001d55c0a0900640000000000000000",
    advertisement: {
      version: 2,
      virtualRouterId: 51,
      priority: 255,
      interval: seconds(1),
      addresses: [ip("10.9.0.100")],
      authentication: { type: "none" },
    },
    withPseudoHeader: false,
  },
  {
    name: "version 2 with priority 0",
    frame:
      "01005e000012020000000001080045c00028000a0000ff70d07e0a090002e0000012213300010001d45d0a0900640000000000000000",
    advertisement: {
      version: 2,
      virtualRouterId: 51,
      priority: 0,
      interval: seconds(1),
      addresses: [ip("10.9.0.100")],
      authentication: { type: "none" },
    },
    withPseudoHeader: false,
  },
  {
    name: "version 2 with a password of 8 bytes and two addresses",
    frame:
      "01005e000012020000000001080045c0002c00010000ff70d0830a090002e00000122134c8020102936b0a0900650a0900667365637265743132",
    advertisement: {
      version: 2,
      virtualRouterId: 52,
      priority: 200,
      interval: seconds(2),
      addresses: [ip("10.9.0.101"), ip("10.9.0.102")],
      authentication: { type: "pass", password: "secret12" },
    },
    withPseudoHeader: false,
  },
  {
    name: "version 2 with a password of 3 bytes",
    frame:
      "01005e000012020000000001080045c0002800010000ff70d0870a090002e0000012213764010101aaef0a09006b6162630000000000",
    advertisement: {
      version: 2,
      virtualRouterId: 55,
      priority: 100,
      interval: seconds(1),
      addresses: [ip("10.9.0.107")],
      authentication: { type: "pass", password: "abc" },
    },
    withPseudoHeader: false,
  },
  {
    name: "version 3 every 100 ms",
    frame: "01005e000012020000000001080045c0002000010000ff70d08f0a090002e000001231359601000a43b50a090067",
    advertisement: {
      version: 3,
      virtualRouterId: 53,
      priority: 150,
      interval: centiseconds(10),
      addresses: [ip("10.9.0.103")],
    },
    withPseudoHeader: true,
  },
  {
    name: "version 3 with priority 0",
    frame: "01005e000012020000000001080045c0002000570000ff70d0390a090002e000001231350001000ad9b50a090067",
    advertisement: {
      version: 3,
      virtualRouterId: 53,
      priority: 0,
      interval: centiseconds(10),
      addresses: [ip("10.9.0.103")],
    },
    withPseudoHeader: true,
  },
  {
    name: "version 3 every 1.23 s with three addresses",
    frame:
      "01005e000012020000000001080045c0002800010000ff70d0870a090002e000001231367803007b4c530a0900680a0900690a09006a",
    advertisement: {
      version: 3,
      virtualRouterId: 54,
      priority: 120,
      interval: centiseconds(123),
      addresses: [ip("10.9.0.104"), ip("10.9.0.105"), ip("10.9.0.106")],
    },
    withPseudoHeader: true,
  },
  {
    name: "version 3 over IPv6 of an address owner",
    frame:
      "33330000001202000000000186dd6c000469002870fffe80000000000000000000fffe000001ff0200000000000000000000000000123139ff020064a548fe80000000000000000000000000005720010db8000000000000000000000057",
    advertisement: {
      version: 3,
      virtualRouterId: 57,
      priority: 255,
      interval: seconds(1),
      addresses: [ip("fe80::57"), ip("2001:db8::57")],
    },
    withPseudoHeader: true,
  },
];

/** The hardware address of the sender. */
export const senderHardwareAddress = Uint8Array.from([2, 0, 0, 0, 0, 1]);

/** Gratuitous ARP frames, by the virtual address that they announce. */
export const capturedGratuitousArp: Readonly<Record<string, string>> = {
  "10.9.0.100": "ffffffffffff020000000001080600010800060400010200000000010a090064ffffffffffff0a090064",
  "10.9.0.107": "ffffffffffff020000000001080600010800060400010200000000010a09006bffffffffffff0a09006b",
};

/** Unsolicited neighbour advertisements of a host that does not forward, by the virtual address that they announce. */
export const capturedNeighbourAdvertisements: Readonly<Record<string, string>> = {
  "fe80::57":
    "33330000000102000000000186dd6000000000203afffe800000000000000000000000000057ff020000000000000000000000000001880056ef20000000fe8000000000000000000000000000570201020000000001",
  "2001:db8::57":
    "33330000000102000000000186dd6000000000203aff20010db8000000000000000000000057ff0200000000000000000000000000018800f87e2000000020010db80000000000000000000000570201020000000001",
};
