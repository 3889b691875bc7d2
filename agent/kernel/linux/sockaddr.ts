// Socket addresses as the bytes that system calls take (struct sockaddr_* of linux/in.h, in6.h, if_packet.h, netlink.h, un.h).

import { addressBytes, addressFromBytes, familyOf, type IpAddress } from "../../base/address.ts";
import { isLittleEndian } from "./byte-order.ts";

/** The address families of sockets. */
export const socketFamily = { unix: 1, ipv4: 2, ipv6: 10, netlink: 16, packet: 17 } as const;

/** An address of the Internet: family, port, address. `scope` is the interface of a link-local IPv6 address. */
export function internetAddress(address: IpAddress, port = 0, scope = 0): Uint8Array {
  const isIpv4 = familyOf(address) === "ipv4";
  const { bytes, view } = blank(isIpv4 ? 16 : 28, isIpv4 ? socketFamily.ipv4 : socketFamily.ipv6);
  view.setUint16(2, port);
  bytes.set(addressBytes(address), isIpv4 ? 4 : 8);
  if (!isIpv4) view.setUint32(24, scope, isLittleEndian);
  return bytes;
}

/** The Internet address in a socket address; undefined when it holds none. */
export function readInternetAddress(bytes: Uint8Array): IpAddress | undefined {
  if (bytes.length < 8) return undefined;
  const family = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, isLittleEndian);
  if (family === socketFamily.ipv4) return addressFromBytes(bytes.subarray(4, 8));
  return family === socketFamily.ipv6 ? addressFromBytes(bytes.subarray(8, 24)) : undefined;
}

/** The kernel's end of netlink, or a place of the kernel's choice when binding; `groups` is the mask of the first 32 multicast groups. */
export function netlinkAddress(groups = 0): Uint8Array {
  const { bytes, view } = blank(12, socketFamily.netlink);
  view.setUint32(8, groups, isLittleEndian);
  return bytes;
}

/** An interface for packet sockets. `protocol` is the EtherType to receive; 0 receives nothing. */
export function packetAddress(linkIndex: number, protocol = 0): Uint8Array {
  const { bytes, view } = blank(20, socketFamily.packet);
  view.setUint16(2, protocol);
  view.setInt32(4, linkIndex, isLittleEndian);
  return bytes;
}

/** A path, or with a leading "@" a name of the abstract space, which ends where the address ends. */
export function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  const { bytes } = blank(2 + name.length, socketFamily.unix);
  bytes.set(name, 2);
  return bytes;
}

function blank(size: number, family: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, isLittleEndian);
  return { bytes, view };
}
