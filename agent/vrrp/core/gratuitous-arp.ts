import { addressBytes, type IpAddress } from "../../base/address.ts";

/**
 * The Ethernet frame that tells everybody on the segment where an IPv4 address now lives (RFC 826; RFC 9568, section 6.4.2).
 * An ARP request whose sender and target address are both the virtual address, as keepalived sends it: some hosts and switches take
 * note of requests only. The target hardware address is broadcast, as in keepalived's frames.
 */
export function gratuitousArp(hardwareAddress: Uint8Array, address: IpAddress): Uint8Array {
  const virtualAddress = addressBytes(address);
  return Uint8Array.from([
    ...broadcast,
    ...hardwareAddress,
    ...[0x08, 0x06], // EtherType ARP
    ...[0x00, 0x01], // hardware: Ethernet
    ...[0x08, 0x00], // protocol: IPv4
    ...[hardwareAddress.length, virtualAddress.length],
    ...[0x00, 0x01], // operation: request
    ...hardwareAddress,
    ...virtualAddress,
    ...broadcast,
    ...virtualAddress,
  ]);
}

const broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] as const;
