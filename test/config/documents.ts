// Random documents in the schema's own (camelCase) names, for property tests: well formed, and right often enough.

import fc from "fast-check";
import { general, instance, instance6 } from "./documents/instances.ts";
import { knit } from "./documents/knit.ts";
import { notifications, programs } from "./documents/notifications.ts";
import { processes } from "./documents/processes.ts";
import { together } from "./documents/together.ts";
import { tracking } from "./documents/tracking.ts";
import { optional, seconds, word } from "./documents/values.ts";
import { virtualServer } from "./documents/virtual-servers.ts";

/** A document that passes the schema; the rules may refuse it. */
export const documents: fc.Arbitrary<unknown> = fc
  .record(
    {
      director: fc.record({ name: word, networkNamespace: word }, optional),
      addressLease: fc.integer({ min: 3, max: 3600 }),
      vrrp: general,
      programs,
      notifications,
      vrrpInstances: fc.array(fc.oneof({ weight: 3, arbitrary: instance }, instance6), { maxLength: 3 }),
      virtualServers: fc.array(virtualServer, { maxLength: 3 }),
      processes,
      ipvs: fc.record(
        {
          timeouts: fc.record({ tcp: seconds, tcpFin: seconds, udp: seconds }, optional),
          flushAtStart: fc.boolean(),
          flushAtStop: fc.boolean(),
          networkNamespace: word,
        },
        optional,
      ),
      ...tracking,
      // Few have any, as above.
      ...Object.fromEntries(
        Object.entries(together).map(([key, arbitrary]) => [
          key,
          fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, arbitrary as fc.Arbitrary<unknown[]>),
        ]),
      ),
    },
    optional,
  )
  .map(knit);
