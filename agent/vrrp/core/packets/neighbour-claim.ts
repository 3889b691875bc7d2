// What neighbour discovery says about who has an IPv6 address (RFC 4861, sections 4.3 and 4.4; RFC 4862, section 5.4.3), read from an Ethernet frame.

import { addressFromBytes, type IpAddress, ip } from "../../../base/address.ts";
import { discovery, discoveryOffsets, etherTypes } from "../../../kernel/neighbour-watch.ts";

/** Somebody says that an address is his, or is about to make it his. */
export interface NeighbourClaim {
  readonly address: IpAddress;
  readonly hardwareAddress: Uint8Array;
}

/**
 * The claim in a frame: an advertisement of the address, a solicitation that comes from it, or one that asks from nowhere whether it is free. Undefined when it says
 * nothing of the kind, or may have come through a router, whose hop limit is below 255 (RFC 4861, section 7.1).
 */
export function readNeighbourClaim(frame: Uint8Array): NeighbourClaim | undefined {
  const { nextHeader, hopLimit, source, type, target } = discoveryOffsets;
  if (frame.length < target + 16) return undefined;
  const isDiscovery = etherType(frame) === etherTypes.ipv6 && frame[nextHeader] === discovery.protocol;
  const to = addressFromBytes(frame.subarray(target, target + 16));
  const from = addressFromBytes(frame.subarray(source, source + 16));
  if (!isDiscovery || frame[hopLimit] !== 255 || to === undefined || from === undefined) return undefined;
  const sender = frame.subarray(6, 12);
  if (frame[type] === discovery.advertisement) return { address: to, hardwareAddress: linkLayerOf(frame) ?? sender };
  if (frame[type] !== discovery.solicitation) return undefined;
  return { address: from === unspecified ? to : from, hardwareAddress: sender };
}

/** The option with the hardware address of the target (RFC 4861, section 4.6.1), when it is the first. */
function linkLayerOf(frame: Uint8Array): Uint8Array | undefined {
  const at = discoveryOffsets.target + 16;
  const isThere = frame[at] === targetLinkLayer && frame[at + 1] === 1 && frame.length >= at + 8;
  return isThere ? frame.subarray(at + 2, at + 8) : undefined;
}

const targetLinkLayer = 2;
const unspecified = ip("::");

function etherType(frame: Uint8Array): number {
  return ((frame[12] ?? 0) << 8) + (frame[13] ?? 0);
}
