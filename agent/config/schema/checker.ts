// A checker in documents is an object with exactly one field, which is its kind: {tcp: {…}} or {http: {…}}.

import { z } from "zod";
import { checkTarget, checkTiming } from "./check-timing.ts";
import { hostHeader, md5Digest, requestPath } from "./scalar.ts";
import { statusCodes } from "./status-codes.ts";

/** Success: the connection is established. */
const tcpCheckSchema = z.strictObject({ ...checkTarget, ...checkTiming });

/** One request of an HTTP check. */
const httpRequestSchema = z.strictObject({
  path: requestPath().default("/").describe("The path to ask for."),
  statusCodes: statusCodes().describe('Accepted status codes: numbers or ranges such as "200-299".'),
  digest: md5Digest()
    .optional()
    .describe("The MD5 of the body (what keepalived's genhash prints). Not compared unless given."),
});

/** Success: every request is answered as expected. */
const httpCheckSchema = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  virtualHost: hostHeader()
    .optional()
    .describe("The Host header; that of the real server or virtual server, else the address."),
  requests: z
    .array(httpRequestSchema)
    .min(1)
    .prefault([{}])
    .describe("What to ask for; all must be answered as expected. One request for / unless given."),
});

/** The kinds of checks, as the document spells them. */
export const checkerKinds = ["tcp", "http"] as const;

/** A checker: exactly one of its kinds. */
export const checkerSchema = z
  .strictObject({
    tcp: tcpCheckSchema.optional().describe("Connect, then close."),
    http: httpCheckSchema.optional().describe("Ask over HTTP."),
  })
  .check(
    z.refine((checker) => checkerKinds.filter((kind) => checker[kind] !== undefined).length === 1, {
      error: "a checker has exactly one kind",
      params: { expected: `one of ${checkerKinds.join(", ")}` },
    }),
  );
