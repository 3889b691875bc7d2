import { addressBytes, addressFromBytes, familyOf, type InterfaceAddress } from "../../../base/address.ts";

/** The broadcast address that `brd` means: "+" sets the host's bits of the address, "-" clears them, as for `ip address`; else what was written. */
export function broadcastOf(text: string, of: InterfaceAddress | undefined): string {
  if ((text !== "+" && text !== "-") || of === undefined || familyOf(of.address) !== "ipv4") return text;
  const host = of.prefixLength === 0 ? 0xffffffff : (2 ** (32 - of.prefixLength) - 1) >>> 0;
  const number = new DataView(addressBytes(of.address).buffer).getUint32(0);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, text === "+" ? (number | host) >>> 0 : (number & ~host) >>> 0);
  return addressFromBytes(bytes) ?? text;
}
