// What fits into one message. Clients take 4 MB unless they are told otherwise: an answer that may be larger is cut at whole values, and says so.

/** Bytes that one answer may have; what else it says has room beside. */
export const messageBytes = 3 * 1024 * 1024;

/** The encoder of a kind of message. */
export interface Codec<T> {
  encode(value: T): { finish(): Uint8Array };
}

/** As many things as fit, as they go to the wire, and how many do not. Tag and length of each take 6 bytes at most. */
export function fitting<D, T>(
  things: readonly D[],
  convert: (thing: D) => T,
  codec: Codec<T>,
  room: number = messageBytes,
): { readonly shown: T[]; readonly omitted: number; readonly used: number } {
  const shown: T[] = [];
  let used = 0;
  for (const thing of things) {
    const value = convert(thing);
    const bytes = codec.encode(value).finish().length + 6;
    if (used + bytes > room) break;
    shown.push(value);
    used += bytes;
  }
  return { shown, omitted: things.length - shown.length, used };
}

/** The same values in groups that fit, in their order; one that is too large by itself is a group of its own. */
export function inFittingGroups<T>(
  values: readonly T[],
  size: (value: T) => number,
  room: number = messageBytes,
): T[][] {
  const groups: T[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const bytes = size(value) + 6;
    if (used + bytes > room) {
      groups.push([]);
      used = 0;
    }
    used += bytes;
    groups.at(-1)?.push(value);
  }
  return groups;
}
