// What instances and groups follow.

import fc from "fast-check";
import { duration, ipv4, ipv6, seconds } from "./values.ts";

const weight = fc.integer({ min: -253, max: 253 });
/** A list of what is followed, of these names. */
const follows = (names: fc.Arbitrary<string>) =>
  fc.array(fc.oneof(names, fc.record({ name: names, weight, reverse: fc.boolean() }, { requiredKeys: ["name"] })), {
    maxLength: 2,
  });
/** What there is to follow. */
export const tracking = {
  trackedScripts: fc.constantFrom([], [{ name: "chk", command: "/bin/check web", interval: 2, fall: 3, weight: -5 }]),
  trackedFiles: fc.constantFrom([], [{ name: "load", file: "/run/load", initialValue: -1, overwrite: true }]),
  trackedProcesses: fc.constantFrom(
    [],
    [{ name: "web", process: "nginx", parameters: ["-g"], parameterMatch: "initial", quorumMax: 4, forkDelay: "1s" }],
  ),
  bfdSessions: fc.uniqueArray(
    fc.record(
      {
        name: fc.constant("edge"),
        neighbour: fc.oneof(ipv4, ipv6),
        ...{ minRx: duration, minTx: duration, idleTx: seconds, passive: fc.boolean(), multihop: fc.boolean() },
        multiplier: fc.integer({ min: 1, max: 255 }),
        ttl: fc.integer({ min: 10, max: 255 }),
        maxHops: fc.integer({ min: 0, max: 10 }),
        weight: fc.integer({ min: -253, max: 253 }),
        reverse: fc.boolean(),
      },
      { requiredKeys: ["name", "neighbour"] },
    ),
    { maxLength: 1 },
  ),
  interfaceDelays: fc.constantFrom([], [{ interface: "eth0", down: "2s", up: 1 }]),
};
/** What an instance or a group follows; of what may not be there, `knit` leaves out what is not. */
export const tracks = {
  trackInterfaces: follows(fc.constantFrom("eth1", "eth2")),
  trackScripts: seldom(follows(fc.constant("chk"))),
  trackProcesses: seldom(follows(fc.constant("web"))),
  trackFiles: seldom(follows(fc.constant("load"))),
  trackBfdSessions: fc.constantFrom([], [], [], ["edge"], [{ name: "edge", weight: -5, reverse: true }]),
};

/** What most documents do not have should not cost most of the time of the tests. */
function seldom<T>(list: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant<T[]>([]) }, list);
}
