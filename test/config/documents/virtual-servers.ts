// Random virtual servers.

import fc from "fast-check";
import { checker, flapDamping, timing } from "./checkers.ts";
import { ipv4, ipv6, optional, port, seconds, word } from "./values.ts";

const forwarding = fc.constantFrom("masquerade", "direct", "tunnel");
const tunnel = fc.record(
  { type: fc.constantFrom("ipip", "gue", "gre"), port, checksum: fc.constantFrom("none", "full", "remote") },
  optional,
);

const poolNotify = fc.record(
  {
    up: fc.constantFrom("/bin/up", { command: "/bin/up x", user: "nobody" }),
    down: fc.constant("/bin/down"),
    mail: fc.boolean(),
  },
  optional,
);

const realServer = fc.record(
  {
    name: word,
    address: fc.oneof({ weight: 5, arbitrary: ipv4 }, ipv6),
    port,
    weight: fc.integer({ min: 0, max: 65535 }),
    forwarding,
    tunnel,
    upperThreshold: fc.integer({ min: 0, max: 100 }),
    lowerThreshold: fc.integer({ min: 0, max: 100 }),
    inhibitOnFailure: fc.boolean(),
    virtualHost: word,
    notify: poolNotify,
    ...timing,
    flapDamping,
    checkers: fc.array(checker, { maxLength: 3 }),
  },
  { requiredKeys: ["address"] },
);

const oneService = fc.oneof(
  fc.record({
    address: fc.oneof(
      ipv4,
      ipv4.map((first) => `${first}-251`),
    ),
    port,
  }),
  fc.record({ firewallMark: fc.integer({ min: 1001, max: 9000 }) }),
);

const traffic = fc.record(
  {
    address: ipv4,
    protocol: fc.constantFrom("tcp", "udp"),
    ports: fc.array(fc.oneof(port, fc.constant("10000-10100")), { maxLength: 2 }),
  },
  { requiredKeys: ["address", "protocol"] },
);

const service = fc.oneof(
  fc.record({ address: ipv4, port, protocol: fc.constantFrom("tcp", "udp", "sctp") }),
  fc.record({ firewallMark: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ firewallMark: fc.integer({ min: 1, max: 1000 }), markedTraffic: fc.array(traffic, { maxLength: 2 }) }),
  fc.record({ services: fc.array(oneService, { minLength: 1, maxLength: 3 }), protocol: fc.constant("tcp") }),
);

export const virtualServer = fc
  .tuple(
    service,
    fc.record(
      {
        name: word,
        scheduler: fc.constantFrom("rr", "wlc", "sh", "mh"),
        schedulerFlags: fc.uniqueArray(fc.constantFrom("flag-1", "flag-2", "flag-3"), { maxLength: 3 }),
        onePacket: fc.boolean(),
        persistenceTimeout: seconds,
        persistenceGranularity: fc.integer({ min: 1, max: 32 }),
        forwarding,
        tunnel,
        inhibitOnFailure: fc.boolean(),
        slowStart: seconds,
        quorum: fc.integer({ min: 1, max: 3 }),
        tellStop: fc.boolean(),
        suspendWithoutAddress: fc.boolean(),
        notify: poolNotify,
        sorryServer: fc.record({ address: ipv4, port, inhibit: fc.boolean() }, { requiredKeys: ["address"] }),
        virtualHost: word,
        ...timing,
        flapDamping,
        realServers: fc.array(realServer, { maxLength: 4 }),
      },
      optional,
    ),
  )
  .map(([key, rest]) => ({ ...rest, ...key }));
