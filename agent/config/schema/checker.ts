// A checker in documents is an object with exactly one field, which is its kind: {tcp: {…}} or {http: {…}}.

import * as z from "zod";
import { checkTarget, checkTiming } from "./check-timing.ts";
import { checkTlsSchema } from "./check-tls.ts";
import { says } from "./says.ts";
import { hostHeader, md5Digest, requestPath } from "./scalar.ts";
import { statusCodes } from "./status-codes.ts";

/** Success: the connection is established. */
const tcpCheckSchema = z.strictObject({ ...checkTarget, ...checkTiming });

/** One request of an HTTP check. */
const httpRequestSchema = z.strictObject({
  path: requestPath()
    .default("/")
    .register(...says("The path to ask for.")),
  statusCodes: statusCodes().register(...says('Accepted status codes: numbers or ranges such as "200-299".')),
  digest: md5Digest()
    .optional()
    .register(...says("The MD5 of the body (what keepalived's genhash prints). Not compared unless given.")),
});

/** Success: every request is answered as expected. */
const httpCheckSchema = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  virtualHost: hostHeader()
    .optional()
    .register(...says("The Host header; that of the real server or virtual server, else the address.")),
  tls: checkTlsSchema
    .optional()
    .register(...says("Ask over TLS, {} for what keepalived's SSL_GET does; without unless given.")),
  requests: z
    .array(httpRequestSchema)
    .min(1)
    .prefault([{}])
    .register(...says("What to ask for; all must be answered as expected. One request for / unless given.")),
});

/** The kinds of checks, as the document spells them. */
export const checkerKinds = ["tcp", "http"] as const;

/** A checker: exactly one of its kinds. */
export const checkerSchema = z
  .strictObject({
    tcp: tcpCheckSchema.optional().register(...says("Connect, then close.")),
    http: httpCheckSchema.optional().register(...says("Ask over HTTP.")),
  })
  .check(
    z.refine((checker) => checkerKinds.filter((kind) => checker[kind] !== undefined).length === 1, {
      error: "a checker has exactly one kind",
      params: { expected: `one of ${checkerKinds.join(", ")}` },
    }),
  );
