// ICMP echo requests and replies (RFC 792, RFC 4443 section 4).

import { internetChecksum } from "../../base/checksum.ts";

/** Types of echo messages in both families. */
const types = { ipv4: { request: 8, reply: 0 }, ipv6: { request: 128, reply: 129 } } as const;

/** An echo request. Of IPv6 the kernel fills in the checksum. */
export function echoRequest(family: keyof typeof types, id: number, sequence: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, types[family].request);
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  bytes.set(data, 8);
  if (family === "ipv4") view.setUint16(2, internetChecksum(bytes));
  return bytes;
}

/** Whether a message is the reply to a request with these. */
export function isEchoReply(bytes: Uint8Array, family: keyof typeof types, id: number, data: Uint8Array): boolean {
  if (bytes.length !== 8 + data.length || bytes[0] !== types[family].reply || bytes[1] !== 0) return false;
  if ((((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0)) !== id) return false;
  return data.every((byte, index) => bytes[8 + index] === byte);
}
