// The Ethernet frames with which a master speaks of an IPv6 address to its segment. Neighbours learn where it lives from an unsolicited
// advertisement with the override flag (RFC 4861, section 7.2.6; RFC 9568, section 6.4.2), from the address to all nodes. Whether somebody
// else has it is asked as a host asks before it takes an address (RFC 4862, section 5.4.2): from nowhere, and whoever has it answers.

import { addressBytes, type IpAddress, ip } from "../../../base/address.ts";
import { internetChecksum, onesComplementSum } from "../../../base/checksum.ts";
import { discovery } from "../../../kernel/neighbour-watch.ts";

/** Tells everybody that the address lives here. `router`: whether this director forwards IPv6, and so says that it is a router. */
export function neighbourAdvertisement(hardwareAddress: Uint8Array, address: IpAddress, router: boolean): Uint8Array {
  const source = addressBytes(address);
  return discoveryFrame(
    hardwareAddress,
    source,
    allNodes,
    Uint8Array.from([
      ...[discovery.advertisement, 0, 0, 0],
      ...[(router ? 0x80 : 0) | override, 0, 0, 0],
      ...source,
      ...[targetLinkLayerAddress, 1, ...hardwareAddress],
    ]),
  );
}

/** Asks whether somebody else has the address, without saying that it is ours. */
export function duplicateQuestion(hardwareAddress: Uint8Array, address: IpAddress): Uint8Array {
  const target = addressBytes(address);
  const group = Uint8Array.from([...solicitedNodes, ...target.subarray(13)]);
  const message = Uint8Array.from([discovery.solicitation, 0, 0, 0, 0, 0, 0, 0, ...target]);
  return discoveryFrame(hardwareAddress, unspecified, group, message);
}

/** A message of neighbour discovery to an IPv6 group, with its checksum filled in. */
function discoveryFrame(
  hardwareAddress: Uint8Array,
  source: Uint8Array,
  group: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const pseudoHeader = Uint8Array.from([...source, ...group, 0, 0, 0, message.length, 0, 0, 0, discovery.protocol]);
  const checksum = internetChecksum(message, onesComplementSum(pseudoHeader));
  message.set([checksum >> 8, checksum & 0xff], 2);
  const header = [0x60, 0, 0, 0, 0, message.length, discovery.protocol, 255, ...source, ...group];
  return Uint8Array.from([0x33, 0x33, ...group.subarray(12), ...hardwareAddress, 0x86, 0xdd, ...header, ...message]);
}

const targetLinkLayerAddress = 2;
const override = 0x20;
const unspecified = addressBytes(ip("::"));
const allNodes = addressBytes(ip("ff02::1"));
/** ff02::1:ff00:0/104, which the last three bytes of the address complete (RFC 4291, section 2.7.1). */
const solicitedNodes = addressBytes(ip("ff02::1:ff00:0")).subarray(0, 13);
