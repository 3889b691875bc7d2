// What the cores need of cryptography, handed in by whoever drives them: the runtime's own functions are well tested and quick.

/** A keyed hash (RFC 2104) of the data. */
export type Hmac = (algorithm: "md5" | "sha256", key: Uint8Array, data: Uint8Array) => Uint8Array;

/** Whether two values are the same. Every byte is looked at: the time taken says nothing about where they differ. */
export function isSameValue(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}
