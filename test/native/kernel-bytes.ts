// The kernel's structures and numbers that these tests need, written by hand from the headers named beside them, so
// that the add-on is tested without the code that is built on it. Little-endian hosts only, as our targets are.

// sys/socket.h
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const SO_MARK = 36;
export const SCM_RIGHTS = 1;
// netinet/in.h
export const IPPROTO_IP = 0;
export const IP_TTL = 2;
export const IP_PKTINFO = 8;
export const IP_RECVTTL = 12;
export const protocolVrrp = 112;
// linux/netlink.h, linux/rtnetlink.h
export const NETLINK_ROUTE = 0;
export const SOL_NETLINK = 270;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const RTNLGRP_LINK = 1;
export const NLMSG_DONE = 3;
export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
// An EtherType for local experiments (IEEE 802).
export const experimentalEtherType = 0x88b5;

/** sockaddr_in. */
export function inetAddress(address: string, port = 0): Uint8Array {
  return Uint8Array.from([AF_INET, 0, port >> 8, port & 255, ...address.split(".").map(Number), ...zeros(8)]);
}

/** sockaddr_un of a path, or of an abstract name that begins with "@". */
export function unixAddress(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  if (text[0] === 0x40) text[0] = 0;
  return Uint8Array.from([AF_UNIX, 0, ...text, ...(text[0] === 0 ? [] : [0])]);
}

/** sockaddr_ll for an interface index. */
export function packetAddress(interfaceIndex: number, etherType: number): Uint8Array {
  return Uint8Array.from([AF_PACKET, 0, etherType >> 8, etherType & 255, interfaceIndex, 0, 0, 0, ...zeros(12)]);
}

/** sockaddr_nl that lets the kernel choose the port. */
export function netlinkAddress(): Uint8Array {
  return Uint8Array.from([AF_NETLINK, ...zeros(11)]);
}

/** nlmsghdr and ifinfomsg: dump all links. */
export function dumpLinks(sequence: number): Uint8Array {
  const request = new DataView(new ArrayBuffer(32));
  request.setUint32(0, 32, true);
  request.setUint16(4, RTM_GETLINK, true);
  request.setUint16(6, 0x301, true);
  request.setUint32(8, sequence, true);
  return new Uint8Array(request.buffer);
}

/** The type and the payload of each netlink message in a datagram. */
export function netlinkMessages(datagram: Uint8Array): { type: number; payload: Uint8Array }[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const found = [];
  for (let at = 0; at + 16 <= datagram.length; at += (view.getUint32(at, true) + 3) & ~3) {
    const payload = datagram.subarray(at + 16, at + view.getUint32(at, true));
    found.push({ type: view.getUint16(at + 4, true), payload });
  }
  return found;
}

/** One cmsghdr with its data. */
export function controlRecord(level: number, type: number, data: Uint8Array): Uint8Array {
  const record = new DataView(new ArrayBuffer(16 + ((data.length + 7) & ~7)));
  record.setUint32(0, 16 + data.length, true);
  record.setInt32(8, level, true);
  record.setInt32(12, type, true);
  const bytes = new Uint8Array(record.buffer);
  bytes.set(data, 16);
  return bytes;
}

/** The data of the first cmsghdr of this level and type. */
export function controlData(control: Uint8Array, level: number, type: number): Uint8Array | undefined {
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  for (let at = 0; at + 16 <= control.length; at += (view.getUint32(at, true) + 7) & ~7) {
    const size = view.getUint32(at, true);
    const matches = view.getInt32(at + 8, true) === level && view.getInt32(at + 12, true) === type;
    if (matches) return control.subarray(at + 16, at + size);
  }
  return undefined;
}

export function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}
