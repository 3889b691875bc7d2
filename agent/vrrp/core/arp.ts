// ARP packets in Ethernet frames (RFC 826), for IPv4 on hardware addresses of six bytes.

/** The operations of ARP packets. */
export const arpOperations = { request: 1, reply: 2 } as const;

/** Everybody on the segment. */
export const broadcast: Uint8Array = new Uint8Array(6).fill(0xff);

/** What an ARP packet says. */
export interface ArpFields {
  readonly operation: number;
  readonly senderHardware: Uint8Array;
  readonly sender: Uint8Array;
  readonly targetHardware: Uint8Array;
  readonly target: Uint8Array;
}

/** The frame of an ARP packet, from the sender's hardware address. */
export function arpFrame(destination: Uint8Array, fields: ArpFields): Uint8Array {
  const { operation, senderHardware, sender, targetHardware, target } = fields;
  return Uint8Array.from([
    ...destination,
    ...senderHardware,
    ...[0x08, 0x06], // EtherType ARP
    ...[0x00, 0x01], // hardware: Ethernet
    ...[0x08, 0x00], // protocol: IPv4
    ...[senderHardware.length, sender.length],
    ...[0x00, operation],
    ...senderHardware,
    ...sender,
    ...targetHardware,
    ...target,
  ]);
}
