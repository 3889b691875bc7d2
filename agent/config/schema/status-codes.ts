import * as z from "zod";

/** An inclusive range of HTTP status codes. */
export interface StatusCodeRange {
  readonly from: number;
  readonly to: number;
}

/** A list of accepted status codes: numbers and texts like "200-299" in documents, ranges in settings. 200 to 299 unless given. */
export function statusCodes() {
  return z
    .array(statusCodeRange())
    .min(1)
    .default([{ from: 200, to: 299 }]);
}

/** Reads "200" or "200-299"; undefined unless it is a range of codes between 100 and 599. */
export function parseStatusCodes(text: string): StatusCodeRange | undefined {
  const match = /^(\d{3})(?:-(\d{3}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from >= 100 && to <= 599 && from <= to ? { from, to } : undefined;
}

function statusCodeRange() {
  return z.codec(z.union([z.string(), z.number()]), z.custom<StatusCodeRange>(), {
    decode(value, context) {
      const range = parseStatusCodes(String(value));
      if (range !== undefined) return range;
      context.issues.push({
        code: "custom",
        input: value,
        message: `${JSON.stringify(value)} is not a status code or a range of them`,
        params: { expected: 'a number from 100 to 599 or a range like "200-299"' },
      });
      return z.NEVER;
    },
    encode: ({ from, to }) => (from === to ? from : `${from}-${to}`),
  });
}
