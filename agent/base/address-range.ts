// Consecutive addresses as one value: "10.9.0.100-10.9.0.120". keepalived's shorter forms are read too: "10.9.0.100-120" (the last number
// of the address), "fd00::10-1f" (its last group, hexadecimal), and a network, "10.9.0.0/24".

import {
  addressBytes,
  addressFromBytes,
  familyOf,
  hostPrefixLength,
  type IpAddress,
  parseAddress,
  parseInterfaceAddress,
} from "./address.ts";

/** All addresses from `first` to `last`, which are of one family. */
export interface AddressRange {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** Reads one address, a range or a network; undefined when it is none, or ends before it begins. */
export function parseAddressRange(text: string): AddressRange | undefined {
  if (text.includes("/")) return parseNetwork(text);
  const [start = "", end, rest] = text.split("-");
  const first = parseAddress(start);
  if (first === undefined || rest !== undefined) return undefined;
  const last = end === undefined ? first : (parseAddress(end) ?? parseAddress(withLastPart(first, end)));
  if (last === undefined || familyOf(last) !== familyOf(first) || addressNumber(last) < addressNumber(first))
    return undefined;
  return { first, last };
}

/** "10.9.0.100", or "10.9.0.100-10.9.0.120" for more than one. */
export function formatAddressRange({ first, last }: AddressRange): string {
  return first === last ? first : `${first}-${last}`;
}

/** How many addresses there are. */
export function addressCount({ first, last }: AddressRange): bigint {
  return addressNumber(last) - addressNumber(first) + 1n;
}

/** Each of the addresses in order. */
export function* addressesIn(range: AddressRange): Generator<IpAddress> {
  const length = addressBytes(range.first).length;
  const count = addressCount(range);
  if (count === 1n) return yield range.first;
  const start = addressNumber(range.first);
  for (let offset = 0n; offset < count; offset++) yield addressOfNumber(start + offset, length);
}

function parseNetwork(text: string): AddressRange | undefined {
  const network = parseInterfaceAddress(text);
  if (network === undefined) return undefined;
  const family = familyOf(network.address);
  const hosts = (1n << BigInt(hostPrefixLength(family) - network.prefixLength)) - 1n;
  const length = addressBytes(network.address).length;
  const first = addressNumber(network.address) & ~hosts;
  return { first: addressOfNumber(first, length), last: addressOfNumber(first | hosts, length) };
}

function withLastPart(address: IpAddress, part: string): string {
  const separator = familyOf(address) === "ipv4" ? "." : ":";
  return `${address.slice(0, address.lastIndexOf(separator) + 1)}${part}`;
}

/** An address as a number, for comparing those of one family. */
export function addressNumber(address: IpAddress): bigint {
  return addressBytes(address).reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** The address of so many bytes that a number stands for. */
export function addressOfNumber(number: bigint, length: number): IpAddress {
  const bytes = Uint8Array.from({ length }, (_, place) => Number((number >> BigInt(8 * (length - 1 - place))) & 0xffn));
  const address = addressFromBytes(bytes);
  if (address === undefined) throw new Error(`an address has no ${length} bytes`);
  return address;
}
