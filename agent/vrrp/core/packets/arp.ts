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
    ...head,
    ...[0x00, operation],
    ...senderHardware,
    ...sender,
    ...targetHardware,
    ...target,
  ]);
}

/** The ARP packet in a frame; undefined when it holds none of this kind. */
export function readArp(frame: Uint8Array): ArpFields | undefined {
  if (frame.length < 42 || !head.every((byte, index) => frame[12 + index] === byte)) return undefined;
  return {
    operation: ((frame[20] ?? 0) << 8) + (frame[21] ?? 0),
    senderHardware: frame.subarray(22, 28),
    sender: frame.subarray(28, 32),
    targetHardware: frame.subarray(32, 38),
    target: frame.subarray(38, 42),
  };
}

/** EtherType ARP; hardware Ethernet, protocol IPv4, with the lengths of their addresses. */
const head = [0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4] as const;
