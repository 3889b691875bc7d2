// Random VRRP instances, of either family.

import fc from "fast-check";
import { notify } from "./notifications.ts";
import { tracks } from "./tracking.ts";
import { duration, ipv4, optional, word } from "./values.ts";

const short = fc.constantFrom("10ms", "1s", 0.5);
const pace = { garpInterval: short, gnaInterval: short };
const garpGroup = fc.record(
  { interfaces: fc.array(fc.constantFrom("eth0", "eth1", "eth2"), { minLength: 1, maxLength: 2 }), ...pace },
  { requiredKeys: ["interfaces"] },
);
export const general = fc.record(
  {
    startupDelay: duration,
    delayAfterBoot: duration,
    ...pace,
    localIgmp: fc.boolean(),
    garpGroups: fc.array(garpGroup, { maxLength: 1 }),
  },
  optional,
);

const election = {
  strictMode: fc.constant(false),
  downTimerAdverts: fc.integer({ min: 1, max: 100 }),
  timerExpiredBackup: fc.integer({ min: 1, max: 254 }),
  higherPrioSendAdvert: fc.boolean(),
  lowerPrioNoAdvert: fc.boolean(),
  ownerIgnoreAdverts: fc.boolean(),
};

const peer = fc.oneof(
  ipv4,
  fc.record({ address: ipv4, minTtl: fc.integer({ min: 0, max: 9 }), maxTtl: fc.integer({ min: 10, max: 255 }) }),
);
const wireFields = {
  unicast: fc.record(
    {
      peers: fc.uniqueArray(peer, { maxLength: 2 }),
      ttl: fc.integer({ min: 1, max: 255 }),
      checkSource: fc.boolean(),
      faultWithoutPeers: fc.boolean(),
    },
    optional,
  ),
  heartbeatPaths: fc.array(
    fc.record({ interface: word, peers: fc.array(ipv4, { maxLength: 1 }) }, { requiredKeys: ["interface"] }),
    { maxLength: 1 },
  ),
  vrf: fc.constantFrom("blue", "red"),
  strictChecksum: fc.boolean(),
  checkAdvertisedAddresses: fc.boolean(),
};

export const instance = fc.record(
  {
    name: word,
    interface: fc.constantFrom("eth0", "eth1", "bond0.12"),
    version: fc.constantFrom(2, 3),
    virtualRouterId: fc.integer({ min: 1, max: 255 }),
    priority: fc.integer({ min: 1, max: 255 }),
    advertisementInterval: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom("100ms", "1s", "2.5s")),
    initialState: fc.constantFrom("master", "backup"),
    preempt: fc.boolean(),
    preemptDelay: duration,
    trackPrimary: fc.boolean(),
    ...tracks,
    ...election,
    sourceAddress: ipv4,
    multicastGroup: fc.constantFrom("224.0.0.18", "224.0.0.99"),
    authentication: fc.oneof(
      fc.constant({ type: "none" }),
      fc.stringMatching(/^[ -~]{1,8}$/).map((password) => ({ type: "pass", password })),
      fc.constant({ type: "pass", passwordFile: "/etc/secrets/web" }),
    ),
    checksumWithPseudoHeader: fc.boolean(),
    ...wireFields,
    virtualAddresses: fc.array(
      fc.oneof(
        ipv4,
        ipv4.map((address) => `${address}/24`),
        fc.record({ address: ipv4, interface: fc.constantFrom("eth0", "eth1") }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    gratuitousArp: fc.record(
      {
        repeat: fc.integer({ min: 1, max: 9 }),
        delay: duration,
        refresh: duration,
        refreshRepeat: fc.integer({ min: 1, max: 9 }),
        lowerPriorityRepeat: fc.integer({ min: 0, max: 9 }),
        lowerPriorityDelay: duration,
        form: fc.constantFrom("request", "reply", "both"),
        probe: fc.boolean(),
        verify: fc.array(ipv4, { maxLength: 2 }),
        extraInterval: duration,
        extraAllInterfaces: fc.boolean(),
      },
      optional,
    ),
    // Few have any: what most documents do not have should not cost most of the time of the tests.
    notify: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, notify),
  },
  { requiredKeys: ["name", "interface", "virtualRouterId", "virtualAddresses"] },
);

const authHmac = fc.constantFrom(
  {},
  {
    authHmac: {
      keys: [
        { id: 1, key: "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" },
        { id: 2, file: "/etc/key" },
      ],
      activeKey: 2,
      mode: "permissive",
      timeWindow: "10s",
    },
  },
);

/** The same with IPv6 addresses. */
export const instance6 = fc
  .tuple(instance, fc.constantFrom("fe80::100/64", "fd00::100"), authHmac)
  .map(
    ([
      {
        version: _version,
        sourceAddress: _source,
        multicastGroup: _group,
        authentication: _auth,
        unicast: _unicast,
        heartbeatPaths: _paths,
        ...same
      },
      first,
      hmac,
    ]) => ({
      ...same,
      ...hmac,
      virtualAddresses: [first, "fd00::101/64"],
    }),
  );
