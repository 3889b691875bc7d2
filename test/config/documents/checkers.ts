// Random checkers.

import fc from "fast-check";
import { duration, ipv4, optional, port, seconds, word } from "./values.ts";

export const timing = {
  delay: duration,
  retries: fc.integer({ min: 0, max: 5 }),
  retryDelay: duration,
  warmup: duration,
  timeout: duration,
  startDown: fc.boolean(),
  logAllFailures: fc.boolean(),
};

export const flapDamping = fc.record(
  { falls: fc.integer({ min: 2, max: 9 }), within: seconds, hold: seconds },
  { requiredKeys: [] },
);

const target = {
  address: ipv4,
  port,
  bindAddress: ipv4,
  bindPort: port,
  bindInterface: fc.constantFrom("eth0", "eth1"),
  mark: fc.integer({ min: 1, max: 100 }),
};
const request = fc.record(
  {
    path: fc.stringMatching(/^\/[a-z?=&]{0,20}$/),
    statusCodes: fc.array(fc.constantFrom(200, "200", "200-299", "404"), { minLength: 1, maxLength: 3 }),
    digest: fc.stringMatching(/^[0-9a-f]{32}$/),
    method: fc.constantFrom("GET", "POST"),
    headers: fc.array(fc.constantFrom("X-A: b", "Host: web"), { maxLength: 2 }),
    body: word,
    virtualHost: word,
    match: fc.record(
      {
        pattern: fc.constantFrom("ok", "^a b$"),
        options: fc.subarray(["caseless", "extended", "firstline"]),
        absent: fc.boolean(),
        minOffset: fc.integer({ min: 0, max: 9 }),
        maxOffset: fc.integer({ min: 0, max: 9 }),
      },
      { requiredKeys: ["pattern"] },
    ),
    json: fc.array(fc.record({ path: word, equals: word }), { maxLength: 2 }),
  },
  optional,
);
const checkTls = fc.oneof(
  fc.record({ sni: fc.boolean(), serverName: word, warnBefore: seconds, failBefore: seconds }, optional),
  fc.record(
    { verify: fc.constant(true), serverName: word, caFile: fc.constant("/etc/ssl/ours.pem") },
    { requiredKeys: ["verify"] },
  ),
);
const { port: _port, bindPort: _bindPort, ...withoutPorts } = target;
const common = { ...target, ...timing };
const hex = fc.stringMatching(/^([0-9a-f]{2}){1,4}$/);
const otherChecker = fc.oneof(
  fc.record({
    udp: fc.record(
      {
        ...common,
        payload: hex,
        requireReply: fc.boolean(),
        minReplyLength: fc.integer({ min: 0, max: 9 }),
        maxReplyLength: fc.integer({ min: 9, max: 400 }),
      },
      optional,
    ),
  }),
  fc.record({ ping: fc.record({ ...withoutPorts, ...timing }, optional) }),
  fc.record({
    dns: fc.record(
      { ...common, type: fc.constantFrom("A", "SOA", "TXT"), name: word, answers: fc.array(word, { maxLength: 2 }) },
      optional,
    ),
  }),
  fc.record({ smtp: fc.record({ ...common, heloName: word, startTls: checkTls }, optional) }),
  fc.record({ tls: fc.tuple(fc.record(common, optional), checkTls).map(([check, tls]) => ({ ...check, ...tls })) }),
  fc.record({ grpc: fc.record({ ...common, service: word, virtualHost: word, tls: checkTls }, optional) }),
  fc.record({ redis: fc.record({ ...common, tls: checkTls }, optional) }),
  fc.record({ postgresql: fc.record({ ...common, user: word, database: word }, optional) }),
  fc.record({ agent: fc.record({ ...common, send: word }, optional) }),
  fc.record({
    script: fc.record(
      { ...timing, command: fc.constantFrom("/bin/check web", ["/bin/true"]), dynamicWeight: fc.boolean() },
      { requiredKeys: ["command"] },
    ),
  }),
  fc.record({
    file: fc.record(
      { ...timing, name: fc.constant("load"), weight: fc.integer({ min: -9, max: 9 }), reverse: fc.boolean() },
      { requiredKeys: ["name"] },
    ),
  }),
  fc.record({ mysql: fc.record({ ...common, user: word }, optional) }),
  fc.record({
    bfd: fc.record({ session: fc.constant("edge"), startDown: fc.boolean() }, { requiredKeys: ["session"] }),
  }),
);
export const checker = fc.oneof(
  otherChecker,
  fc.record({ tcp: fc.record({ ...target, ...timing }, optional) }),
  // It goes with few virtual servers only.
  fc.record({ tcp: fc.record({ throughForwarding: fc.integer({ max: 9, min: 0 }).map((one) => one === 0) }) }),
  fc.record({
    http: fc.record(
      {
        ...target,
        ...timing,
        virtualHost: word,
        version: fc.constantFrom("1.0", "1.0C", "1.1", "2"),
        maxRedirects: fc.integer({ min: 1, max: 9 }),
        tls: checkTls,
        requests: fc.array(request, { minLength: 1, maxLength: 3 }),
      },
      optional,
    ),
  }),
);
