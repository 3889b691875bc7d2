// Values that many fields have.

import fc from "fast-check";

export const octet = fc.integer({ min: 1, max: 250 });
export const ipv4 = fc.tuple(octet, octet).map(([a, b]) => `10.9.${a}.${b}`);
export const ipv6 = octet.map((last) => `fd00::${last.toString(16)}`);
export const port = fc.integer({ min: 1, max: 65535 });
export const seconds = fc.integer({ min: 1, max: 600 });
export const duration = fc.oneof(
  seconds,
  seconds.map((count) => `${count}s`),
  fc.integer({ min: 10, max: 5000 }).map((count) => `${count}ms`),
);
export const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);

/** For records of which no field must be there. */
export const optional = { requiredKeys: [] };
