// Bytes as keepalived writes them for UDP_CHECK: hexadecimal digits, in pairs, with an X for each half byte that does not matter.

/** Bytes that are compared under a mask. */
export interface HexPattern {
  readonly bytes: Uint8Array;
  readonly mask: Uint8Array;
}

/** Whether a text is such bytes; `wild`: with X. */
export function isHex(text: string, wild: boolean): boolean {
  const digits = compact(text);
  return digits.length > 0 && digits.length % 2 === 0 && (wild ? /^[0-9a-fx]+$/i : /^[0-9a-f]+$/i).test(digits);
}

/** The bytes of a text that `isHex`. */
export function hexBytes(text: string): Uint8Array {
  return hexPattern(text).bytes;
}

/** The pattern of a text that `isHex`. */
export function hexPattern(text: string): HexPattern {
  const digits = compact(text);
  const bytes = new Uint8Array(digits.length / 2);
  const mask = new Uint8Array(bytes.length);
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charAt(index);
    const shift = index % 2 === 0 ? 4 : 0;
    const isWild = /x/i.test(digit);
    const at = index >> 1;
    bytes[at] = (bytes[at] ?? 0) | ((isWild ? 0 : Number.parseInt(digit, 16)) << shift);
    mask[at] = (mask[at] ?? 0) | ((isWild ? 0 : 15) << shift);
  }
  return { bytes, mask };
}

/** Whether data begins with the pattern. */
export function matchesPattern(data: Uint8Array, { bytes, mask }: HexPattern): boolean {
  return (
    data.length >= bytes.length && bytes.every((byte, index) => ((data[index] ?? 0) & (mask[index] ?? 0)) === byte)
  );
}

function compact(text: string): string {
  return text.replace(/\s+/g, "");
}
