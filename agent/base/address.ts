// IP addresses as values. An IpAddress is a canonical text (IPv6 as in RFC 5952), made only by the functions here: two addresses
// are the same when their texts are, it can key a map, and it travels as JSON.

/** An IPv4 or IPv6 address in its canonical text form. */
export type IpAddress = string & { readonly kind: "ip address" };

/** The address families. */
export type Family = "ipv4" | "ipv6";

/** An address with the length of its network prefix, as on an interface. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** An IPv4 address as it is written canonically, which is the only form that is read. */
const canonicalIpv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Reads an IPv4 or IPv6 address; undefined when the text is neither. */
export function parseAddress(text: string): IpAddress | undefined {
  if (canonicalIpv4.test(text)) return text as IpAddress;
  const bytes = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return bytes === undefined ? undefined : addressFromBytes(bytes);
}

/** Reads an address that is known to be right, as in tests and constants; throws otherwise. */
export function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${JSON.stringify(text)} is not an IP address`);
  return address;
}

/** Reads "ADDRESS/LENGTH"; a missing length is that of a host (32 or 128). Undefined when it is neither. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const [host = "", length, rest] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined || rest !== undefined) return undefined;
  const longest = hostPrefixLength(familyOf(address));
  if (length === undefined) return { address, prefixLength: longest };
  if (!/^\d{1,3}$/.test(length) || Number(length) > longest) return undefined;
  return { address, prefixLength: Number(length) };
}

/** The family of an address. */
export function familyOf(address: IpAddress): Family {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** The prefix length that means one host: 32 or 128. */
export function hostPrefixLength(family: Family): number {
  return family === "ipv4" ? 32 : 128;
}

/** "ADDRESS/LENGTH". */
export function formatInterfaceAddress(value: InterfaceAddress): string {
  return `${value.address}/${value.prefixLength}`;
}

/** "ADDRESS:PORT", with brackets around an IPv6 address. */
export function formatEndpoint(address: IpAddress, port: number): string {
  return familyOf(address) === "ipv6" ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The 4 or 16 bytes of an address in network order. */
export function addressBytes(address: IpAddress): Uint8Array {
  const bytes = familyOf(address) === "ipv4" ? parseIpv4(address) : parseIpv6(address);
  if (bytes === undefined) throw new Error(`${address} was not made by parseAddress`);
  return bytes;
}

/** The address of 4 or 16 bytes in network order; undefined for any other length. */
export function addressFromBytes(bytes: Uint8Array): IpAddress | undefined {
  if (bytes.length === 4) return bytes.join(".") as IpAddress;
  if (bytes.length === 16) return formatIpv6(bytes) as IpAddress;
  return undefined;
}

/** Compares as unsigned numbers in network order, as VRRP does between equal priorities (RFC 9568, section 6.4.3). Negative: a is lower. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const left = addressBytes(a);
  const right = addressBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (const [index, byte] of left.entries()) {
    const difference = byte - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether the address is a multicast group (224.0.0.0/4, ff00::/8). */
export function isMulticast(address: IpAddress): boolean {
  const first = addressBytes(address)[0] ?? 0;
  return familyOf(address) === "ipv4" ? first >= 224 && first < 240 : first === 0xff;
}

/** Whether the address is an IPv6 link-local one (fe80::/10; RFC 4291, section 2.4). */
export function isLinkLocal(address: IpAddress): boolean {
  if (familyOf(address) === "ipv4") return false;
  const [first = 0, second = 0] = addressBytes(address);
  return first === 0xfe && (second & 0xc0) === 0x80;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    // A leading zero would be octal to some readers: refused rather than guessed.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const last = parseIpv4(part);
      if (last === undefined) return undefined;
      groups.push(((last[0] ?? 0) << 8) | (last[1] ?? 0), ((last[2] ?? 0) << 8) | (last[3] ?? 0));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  const { start, length } = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
