// Datagrams of raw sockets for protocol 112, as bytes. IPv4 delivers the IP header before the packet (raw(7)); IPv6 delivers the packet alone and tells the
// rest in control records (RFC 3542). Pure.

import { addressBytes, addressFromBytes, type Family, familyOf } from "../../base/address.ts";
import type { Instant } from "../../base/duration.ts";
import { authenticationHeaderProtocol, type OutgoingDatagram, type ReceivedDatagram } from "../vrrp-socket.ts";
import { readControl, writeControl } from "./ancillary.ts";
import { isLittleEndian } from "./byte-order.ts";
import type { IncomingMessage, OutgoingMessage } from "./native.ts";
import { internetAddress, readInternetAddress } from "./sockaddr.ts";

const ipv4Level = 0; // IPPROTO_IP
const ipv4PacketInfo = 8; // IP_PKTINFO
const ipv4TimeToLive = 2; // IP_TTL
const ipv6Level = 41; // IPPROTO_IPV6
const ipv6PacketInfo = 50; // IPV6_PKTINFO
const ipv6HopLimit = 52; // IPV6_HOPLIMIT

/** Reads what a raw socket received; undefined when header or control records are not what the kernel promises. */
export function readDatagram(
  family: Family,
  message: IncomingMessage,
  receivedAt: Instant,
): ReceivedDatagram | undefined {
  return family === "ipv4" ? readIpv4(message, receivedAt) : readIpv6(message, receivedAt);
}

/** The message that sends the datagram over that link, from its source (which must be an address of this host). */
export function writeDatagram(datagram: OutgoingDatagram, linkIndex: number): OutgoingMessage {
  const { source, destination, payload, timeToLive } = datagram;
  const isIpv4 = familyOf(destination) === "ipv4";
  const address = internetAddress(destination, 0, linkIndex);
  const info = isIpv4
    ? writeControl({ level: ipv4Level, type: ipv4PacketInfo, data: ipv4Info(addressBytes(source), linkIndex) })
    : writeControl({ level: ipv6Level, type: ipv6PacketInfo, data: ipv6Info(addressBytes(source), linkIndex) });
  if (timeToLive === undefined) return { data: payload, address, control: info };
  const hops = isIpv4 ? { level: ipv4Level, type: ipv4TimeToLive } : { level: ipv6Level, type: ipv6HopLimit };
  const limit = writeControl({ ...hops, data: new Uint8Array(new Int32Array([timeToLive]).buffer) });
  return { data: payload, address, control: Uint8Array.from([...info, ...limit]) };
}

/** The header is that of RFC 791, section 3.1; its length is counted in words of four bytes. */
function readIpv4({ data }: IncomingMessage, receivedAt: Instant): ReceivedDatagram | undefined {
  const headerLength = ((data[0] ?? 0) & 0x0f) * 4;
  const timeToLive = data[8];
  if (headerLength < 20 || data.length < headerLength || timeToLive === undefined) return undefined;
  const source = addressFromBytes(data.subarray(12, 16));
  const destination = addressFromBytes(data.subarray(16, 20));
  if (source === undefined || destination === undefined) return undefined;
  const header = data.subarray(0, headerLength);
  const received = { source, destination, timeToLive, payload: data.subarray(headerLength), receivedAt };
  return data[9] === authenticationHeaderProtocol ? { ...received, header } : received;
}

function readIpv6({ data, address, control }: IncomingMessage, receivedAt: Instant): ReceivedDatagram | undefined {
  const records = readControl(control);
  const find = (type: number) => records.find((record) => record.level === ipv6Level && record.type === type)?.data;
  const hopLimit = find(ipv6HopLimit);
  const source = readInternetAddress(address);
  const destination = addressFromBytes(find(ipv6PacketInfo)?.subarray(0, 16) ?? new Uint8Array());
  if (source === undefined || destination === undefined || hopLimit === undefined || hopLimit.length < 4)
    return undefined;
  const timeToLive = new DataView(hopLimit.buffer, hopLimit.byteOffset).getInt32(0, isLittleEndian);
  return { source, destination, timeToLive, payload: data, receivedAt };
}

/** struct in_pktinfo: interface, source, and a field that sending does not use. */
function ipv4Info(source: Uint8Array, linkIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setInt32(0, linkIndex, isLittleEndian);
  bytes.set(source, 4);
  return bytes;
}

/** struct in6_pktinfo: source and interface. */
function ipv6Info(source: Uint8Array, linkIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(source);
  new DataView(bytes.buffer).setInt32(16, linkIndex, isLittleEndian);
  return bytes;
}
