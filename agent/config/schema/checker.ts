// A checker in documents is an object with exactly one field, which is its kind: {tcp: {…}} or {http: {…}}.

import * as z from "zod";
import { bodyMatchSchema, jsonMatchSchema } from "./body-match.ts";
import { checkTarget, checkTiming } from "./check-timing.ts";
import { checkTlsSchema } from "./check-tls.ts";
import { localCheckFields } from "./local-checks.ts";
import { networkCheckFields } from "./network-checks.ts";
import { says } from "./says.ts";
import { hostHeader, integer, md5Digest, pattern, requestPath } from "./scalar.ts";
import { statusCodes } from "./status-codes.ts";

/** Success: the connection is established. */
const tcpCheckSchema = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  throughForwarding: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Ask the virtual address on the real server, as packets of clients reach it: by its hardware address with direct, or in its tunnel. So a server that lacks the address, or the tunnel, is out. Of several virtual addresses and ports the first is asked, or those that address and port name; a firewall mark that others set needs both.",
      ),
    ),
});

/** One request of an HTTP check. */
const httpRequestSchema = z.strictObject({
  path: requestPath()
    .default("/")
    .register(...says("The path to ask for.")),
  statusCodes: statusCodes().register(...says('Accepted status codes: numbers or ranges such as "200-299".')),
  digest: md5Digest()
    .optional()
    .register(...says("The MD5 of the body (what keepalived's genhash prints). Not compared unless given.")),
  method: pattern(/^[A-Z]{1,16}$/, "a method like GET")
    .default("GET")
    .register(...says("The method.")),
  headers: z
    .array(pattern(/^[!-9;-~]{1,128}:[ -~]{0,1024}$/, "a header like Name: value"))
    .default([])
    .register(...says('Further headers: "Name: value". Host, User-Agent and Accept take the place of ours.')),
  body: z
    .string()
    .optional()
    .register(...says("The body to send; none unless given.")),
  virtualHost: hostHeader()
    .optional()
    .register(...says("The Host header of this request; that of the check unless given.")),
  match: bodyMatchSchema.optional().register(...says("What the body must match, or must not (regex).")),
  json: z
    .array(jsonMatchSchema)
    .default([])
    .register(...says("Values that the body must have, as JSON.")),
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
  version: z
    .enum(["1.0", "1.0C", "1.1", "2"])
    .default("1.0")
    .register(
      ...says(
        "The version of HTTP (http_protocol); 1.0C asks for the end of the connection as 1.1 does. 2: over TLS as the server agrees by ALPN, in clear with prior knowledge.",
      ),
    ),
  maxRedirects: integer(0, 10)
    .default(0)
    .register(
      ...says(
        "How many redirects to follow, on the same real server. What status_codes accepts is not followed; with 0 a redirect is an answer like others.",
      ),
    ),
  redirectsToOtherHosts: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Follow redirects also to other names, which this real server is asked for as well (names are not looked up), and to addresses.",
      ),
    ),
  requests: z
    .array(httpRequestSchema)
    .min(1)
    .prefault([{}])
    .register(...says("What to ask for; all must be answered as expected. One request for / unless given.")),
});

/** The kinds of checks, as the document spells them. */
export const checkerKinds = [
  "tcp",
  "http",
  "udp",
  "ping",
  "dns",
  "smtp",
  "tls",
  "grpc",
  "redis",
  "postgresql",
  "mysql",
  "agent",
  "script",
  "file",
  "bfd",
] as const;

/** A kind of check. */
export type CheckerKind = (typeof checkerKinds)[number];

/** A checker: exactly one of its kinds. */
export const checkerSchema = z
  .strictObject({
    tcp: tcpCheckSchema.optional().register(...says("Connect, then close.")),
    http: httpCheckSchema.optional().register(...says("Ask over HTTP.")),
    ...networkCheckFields,
    ...localCheckFields,
  })
  .check(
    z.refine((checker) => checkerKinds.filter((kind) => checker[kind] !== undefined).length === 1, {
      error: "a checker has exactly one kind",
      params: { expected: `one of ${checkerKinds.join(", ")}` },
    }),
  );
