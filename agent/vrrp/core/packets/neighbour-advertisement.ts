// The Ethernet frame that tells everybody on the segment where an IPv6 address now lives: an unsolicited neighbour advertisement with the
// override flag (RFC 4861, section 7.2.6; RFC 9568, section 6.4.2), from the virtual address to all nodes.

import { addressBytes, type IpAddress, ip } from "../../../base/address.ts";
import { internetChecksum, onesComplementSum } from "../../../base/checksum.ts";

/** The frame for one virtual address. `router`: whether this director forwards IPv6, and so says that it is a router. */
export function neighbourAdvertisement(hardwareAddress: Uint8Array, address: IpAddress, router: boolean): Uint8Array {
  const source = addressBytes(address);
  const message = Uint8Array.from([
    ...[neighbourAdvertisementType, 0, 0, 0],
    ...[(router ? 0x80 : 0) | override, 0, 0, 0],
    ...source,
    ...[targetLinkLayerAddress, 1, ...hardwareAddress],
  ]);
  const pseudoHeader = Uint8Array.from([...source, ...allNodes, 0, 0, 0, message.length, 0, 0, 0, icmpv6]);
  const checksum = internetChecksum(message, onesComplementSum(pseudoHeader));
  message.set([checksum >> 8, checksum & 0xff], 2);
  const header = [0x60, 0, 0, 0, 0, message.length, icmpv6, 255, ...source, ...allNodes];
  return Uint8Array.from([...allNodesMac, ...hardwareAddress, 0x86, 0xdd, ...header, ...message]);
}

const neighbourAdvertisementType = 136;
const targetLinkLayerAddress = 2;
const override = 0x20;
const icmpv6 = 58;
const allNodes = addressBytes(ip("ff02::1"));
/** ff02::1 as an Ethernet group (RFC 2464, section 7). */
const allNodesMac = [0x33, 0x33, 0, 0, 0, 1] as const;
