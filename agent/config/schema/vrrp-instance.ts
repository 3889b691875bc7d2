// One VRRP instance in documents. Names and defaults follow keepalived; what depends on several fields at once
// (version and interval, family and version) is checked in ../rules/.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { address } from "./address.ts";
import { duration } from "./duration.ts";
import { electionFields } from "./election.ts";
import { gratuitousArpSchema } from "./gratuitous-arp.ts";
import { belongingsFields } from "./instance-belongings.ts";
import { wireFields } from "./instance-wire.ts";
import { notifySchema } from "./notify.ts";
import { says } from "./says.ts";
import { absolutePath, integer, interfaceName, name } from "./scalar.ts";
import { instanceTrackFields } from "./tracking.ts";
import { virtualAddressSchema } from "./virtual-address.ts";

/** VRRP version 2 has a password, in clear text or as the key of an authentication header; version 3 has none. */
const authenticationSchema = z.strictObject({
  type: z
    .enum(["none", "pass", "ah"])
    .default("none")
    .register(
      ...says(
        "none; pass: a password in clear text in each advertisement; ah: an IP authentication header keyed with the password. Version 2 only.",
      ),
    ),
  password: z
    .string()
    .check(
      z.refine((text: string) => /^[ -~]{1,8}$/.test(text), {
        error: "the password is not allowed",
        params: { expected: "1 to 8 printable ASCII characters" },
      }),
    )
    .optional()
    .register(...says("The password, 1 to 8 printable characters. Never shown again."))
    .meta({ secret: true }),
  passwordFile: absolutePath()
    .optional()
    .register(
      ...says(
        "A file of the director with the password in it, instead of the password itself; read when the configuration is applied.",
      ),
    ),
});

/** A VRRP instance. */
export const vrrpInstanceSchema = z.strictObject({
  name: name().register(...says("Unique among the instances; its identity when the configuration changes.")),
  interface: interfaceName()
    .optional()
    .register(
      ...says(
        "The interface that advertisements are sent and received on. Only an instance with unicast peers and a source address may have none.",
      ),
    ),
  version: z
    .literal([2, 3])
    .optional()
    .register(
      ...says(
        "2 (RFC 3768, whole seconds) or 3 (RFC 9568, hundredths of a second); 2 unless given, with IPv6 addresses always 3. Both ends must use the same.",
      ),
    ),
  virtualRouterId: integer(1, 255).register(
    ...says("The same on all directors that share the addresses, unique on the network."),
  ),
  priority: integer(1, 255)
    .default(100)
    .register(
      ...says(
        "The director with the highest becomes master. 255 only where the address is the interface's own (the address owner).",
      ),
    ),
  advertisementInterval: duration({ min: milliseconds(10), max: seconds(255) })
    .default(seconds(1))
    .register(
      ...says(
        "Time between advertisements of the master: 1s to 255s in whole seconds for version 2, 10ms to 40.95s for version 3.",
      ),
    ),
  initialState: z
    .enum(["master", "backup"])
    .default("backup")
    .register(...says("The state wished for at start. A master that is not the address owner still listens first.")),
  preempt: z
    .boolean()
    .default(true)
    .register(...says("Whether to take over from a master with a lower priority.")),
  preemptDelay: duration({ min: milliseconds(0), max: seconds(1000) })
    .default(milliseconds(0))
    .register(...says("How long to wait before taking over from a master with a lower priority.")),
  ...electionFields,
  ...instanceTrackFields,
  sourceAddress: address()
    .optional()
    .register(...says("Source of advertisements; the interface's primary address unless given.")),
  multicastGroup: address()
    .optional()
    .register(...says("Destination of advertisements; 224.0.0.18 or ff02::12 unless given.")),
  authentication: authenticationSchema.prefault({}).register(...says("How advertisements are authenticated.")),
  checksumWithPseudoHeader: z
    .boolean()
    .default(true)
    .register(
      ...says(
        "Version 3 over IPv4: cover the pseudo-header (keepalived's default), or not (RFC 9568). Both are accepted from others.",
      ),
    ),
  virtualAddresses: z
    .array(virtualAddressSchema)
    .default([])
    .register(
      ...says('The addresses that the master holds: texts "10.9.0.100/24" or objects with address and interface.'),
    ),
  ...wireFields,
  ...belongingsFields,
  gratuitousArp: gratuitousArpSchema.prefault({}).register(...says("Announcements of the addresses.")),
  notify: notifySchema.prefault({}),
});
