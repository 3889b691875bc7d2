// What a next hop wraps packets in, in the words of `ip route … encap`: an object with exactly one field, which is the kind.

import * as z from "zod";
import { address } from "./address.ts";
import { says } from "./says.ts";
import { integer, pattern } from "./scalar.ts";

/** An outer header, which a tunnel interface without addresses of its own writes (`external`). */
const outerHeaderSchema = z.strictObject({
  id: integer(1, 0xffffffff)
    .optional()
    .register(...says("The id of the tunnel (of a key, a VNI).")),
  destination: address()
    .optional()
    .register(...says("The other end (dst).")),
  source: address()
    .optional()
    .register(...says("This end (src); the kernel's choice unless given.")),
  tos: integer(0, 255)
    .default(0)
    .register(...says("The type of service, or traffic class (tc).")),
  ttl: integer(0, 255)
    .default(0)
    .register(...says("The time to live, or hop limit; 0 is the tunnel interface's.")),
  flags: integer(0, 65_535)
    .default(0)
    .register(...says("What the header has besides: 1 a checksum, 4 a key, 8 sequence numbers, or their sum.")),
});

/** The kinds of headers. */
export const encapsulationKinds = ["ip", "ip6", "mpls", "ila"] as const;

/** The header around packets: exactly one of its kinds. */
export const encapsulationSchema = z
  .strictObject({
    ip: outerHeaderSchema.optional().register(...says("IPv4, by a tunnel interface that is external.")),
    ip6: outerHeaderSchema.optional().register(...says("IPv6, by a tunnel interface that is external.")),
    mpls: z
      .array(integer(0, 0xfffff))
      .min(1)
      .max(16)
      .optional()
      .register(...says("Labels of MPLS, the outermost first.")),
    ila: pattern(/^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}$/, "four groups of hexadecimal digits like 2001:db8:0:1")
      .optional()
      .register(...says("IPv6: the locator that takes the place of the destination's upper half.")),
  })
  .check(
    z.refine((one) => encapsulationKinds.filter((kind) => one[kind] !== undefined).length === 1, {
      error: "packets are wrapped in one way",
      params: { expected: `one of ${encapsulationKinds.join(", ")}` },
    }),
  );

export type EncapsulationSettings = z.infer<typeof encapsulationSchema>;
