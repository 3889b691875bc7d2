// Questions to route netlink about one address: by which interface and from where it is reached, and its hardware address (linux/rtnetlink.h, neighbour.h).

import { addressBytes, addressFromBytes, familyOf, type IpAddress } from "../../../base/address.ts";
import { isLittleEndian } from "../byte-order.ts";
import { socketFamily } from "../sockaddr.ts";
import { Attributes, writeBytes } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import type { Message } from "./message.ts";
import { quarters } from "./writer.ts";

/** RTM_GETROUTE, RTM_GETNEIGH. */
export const questions = { route: 26, neighbour: 30 } as const;

const routeHeader = 12;
const neighbourHeader = 12;
/** RTA_* and NDA_*. */
const ofRoute = { destination: 1, link: 4, gateway: 5, preferredSource: 7 } as const;
const ofNeighbour = { destination: 1, hardwareAddress: 2 } as const;
/** NUD_REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT: the hardware address is known. */
const knownStates = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;

/** How an address is reached. */
export interface RouteTo {
  readonly linkIndex: number;
  readonly source: IpAddress | undefined;
  readonly gateway: IpAddress | undefined;
}

/** Asks for the route to an address. */
export function routeToBody(address: IpAddress): WriteBody {
  const bytes = addressBytes(address);
  return (writer) => {
    writer.word(quarters(socketFamily[familyOf(address)], bytes.length * 8, 0, 0));
    writer.zeroes(routeHeader / 4 - 1);
    writeBytes(writer, ofRoute.destination, bytes);
  };
}

/** Reads the answer. */
export function readRouteTo({ payload }: Message): RouteTo | undefined {
  const attributes = new Attributes(payload, routeHeader);
  const linkIndex = attributes.u32(ofRoute.link);
  if (linkIndex === undefined) return undefined;
  const addressIn = (type: number) => {
    const bytes = attributes.bytes(type);
    return bytes && addressFromBytes(bytes);
  };
  return { linkIndex, source: addressIn(ofRoute.preferredSource), gateway: addressIn(ofRoute.gateway) };
}

/** Asks for a neighbour on an interface. */
export function neighbourBody(address: IpAddress, linkIndex: number): WriteBody {
  return (writer) => {
    writer.word(quarters(socketFamily[familyOf(address)], 0, 0, 0));
    writer.word(linkIndex);
    writer.zeroes(neighbourHeader / 4 - 2);
    writeBytes(writer, ofNeighbour.destination, addressBytes(address));
  };
}

/** Reads its hardware address; undefined: it is not known. */
export function readNeighbour({ payload }: Message): Uint8Array | undefined {
  if (payload.length < neighbourHeader) return undefined;
  const state = new DataView(payload.buffer, payload.byteOffset).getUint16(8, isLittleEndian);
  if ((state & knownStates) === 0) return undefined;
  return new Attributes(payload, neighbourHeader).bytes(ofNeighbour.hardwareAddress)?.slice();
}
