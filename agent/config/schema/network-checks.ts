// The kinds of checks over the network beside tcp and http, each as it stands in documents.

import * as z from "zod";
import { checkTarget, checkTiming } from "./check-timing.ts";
import { checkTlsSchema } from "./check-tls.ts";
import { says } from "./says.ts";
import { hostHeader, integer, pattern } from "./scalar.ts";

const { port: _port, bindPort: _bindPort, ...targetWithoutPort } = checkTarget;

/** Bytes as hexadecimal digits in pairs; `wild`: X stands for any half byte. */
function hex(wild: boolean) {
  return wild
    ? pattern(/^\s*(?:[0-9a-fx]\s*[0-9a-fx]\s*)+$/i, "pairs of hexadecimal digits, X for any")
    : pattern(/^\s*(?:[0-9a-f]\s*[0-9a-f]\s*)+$/i, "pairs of hexadecimal digits");
}

/** A name in the DNS, "." for the root. */
function domainName() {
  return pattern(/^(?=.{1,253}$)(?:\.|(?:[!-\-/-~]{1,63}\.)*[!-\-/-~]{1,63}\.?)$/, "a name like www.example.com");
}

/** A word that goes into a message which ends it with a zero. */
function word() {
  return pattern(/^[^\p{Cc}]{1,63}$/u, "1 to 63 printable characters");
}

const tls = checkTlsSchema.optional().register(...says("Over TLS; in clear unless given."));

/** Success: an answer as it should be, or that nothing refuses the datagram until time is over. */
const udp = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  payload: hex(false)
    .optional()
    .register(...says("What to send, in hexadecimal digits; something random unless given.")),
  requireReply: z
    .boolean()
    .default(false)
    .register(...says("Whether there must be a reply; without it, what is not refused until the timeout has passed.")),
  reply: hex(true)
    .optional()
    .register(...says("What the reply must begin with, in hexadecimal digits, X for any. With require_reply.")),
  minReplyLength: integer(0, 65_535)
    .default(0)
    .register(...says("How short the reply may be, in bytes.")),
  maxReplyLength: integer(0, 65_535)
    .default(255)
    .register(...says("How long the reply may be, in bytes.")),
});

/** Success: an ICMP echo reply. */
const ping = z.strictObject({ ...targetWithoutPort, ...checkTiming });

/** Success: an answer without an error. */
const dns = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  type: z
    .enum(["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"])
    .default("SOA")
    .register(...says("The type of record to ask for.")),
  name: domainName()
    .default(".")
    .register(...says("The name to ask for.")),
  answers: z
    .array(z.string())
    .default([])
    .register(
      ...says(
        'What must be among the records of the answer: "192.0.2.1", "ns.example.com", "10 mail.example.com". Anything unless given.',
      ),
    ),
});

/** Success: greeting, HELO and QUIT are answered. */
const smtp = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  heloName: pattern(/^[!-~]{1,255}$/, "a name without blanks")
    .default("smtpchecker.keepalived.org")
    .register(...says("The name to give with HELO.")),
  startTls: checkTlsSchema.optional().register(...says("Begin TLS by STARTTLS; without unless given.")),
});

/** Success: the handshake is done. */
const tlsCheck = z.strictObject({ ...checkTarget, ...checkTiming, ...checkTlsSchema.shape });

/** Success: the status of the service is SERVING. */
const grpc = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  service: pattern(/^[!-~]{0,120}$/, "the name of a service like example.v1.Shop")
    .default("")
    .register(...says("The service to ask for; the server as a whole unless given.")),
  virtualHost: hostHeader()
    .optional()
    .register(...says("The name of the server in the request (:authority); the address unless given.")),
  tls,
});

/** Success: PONG. */
const redis = z.strictObject({ ...checkTarget, ...checkTiming, tls });

/** Success: the first message is answered. */
const postgresql = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  user: word()
    .default("vipward")
    .register(...says("The user to say that we are; it need not exist.")),
  database: word()
    .default("postgres")
    .register(...says("The database to ask for.")),
});

/** Success: a greeting, and an answer to a login. */
const mysql = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  user: word()
    .default("vipward")
    .register(...says("The user to say that we are, without a password; it need not exist.")),
});

/** Success: the agent says so. */
const agent = z.strictObject({
  ...checkTarget,
  ...checkTiming,
  send: pattern(/^[^\0]{1,1024}$/, "1 to 1024 characters")
    .optional()
    .register(...says("What to say to the agent first; nothing unless given.")),
});

/** The kinds, as fields of a checker. */
export const networkCheckFields = {
  udp: udp.optional().register(...says("Send a datagram.")),
  ping: ping.optional().register(...says("ICMP echo.")),
  dns: dns.optional().register(...says("Ask a name server.")),
  smtp: smtp.optional().register(...says("Greet a mail server.")),
  tls: tlsCheck.optional().register(...says("A TLS handshake, and nothing more.")),
  grpc: grpc.optional().register(...says("Ask grpc.health.v1.")),
  redis: redis.optional().register(...says("PING to Redis.")),
  postgresql: postgresql.optional().register(...says("The first message of PostgreSQL's protocol.")),
  mysql: mysql.optional().register(...says("Greeting and login of MySQL or MariaDB.")),
  agent: agent
    .optional()
    .register(...says('Ask an agent on the real server, as HAProxy does: it says "up", "down", "drain", "75%".')),
};
