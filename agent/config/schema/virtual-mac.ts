// The virtual MAC of an instance in documents, and ipvlan, which has none.

import * as z from "zod";
import { says } from "./says.ts";
import { interfaceName, pattern } from "./scalar.ts";

const hardwareAddress = pattern(
  /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){4,5}$/,
  "six bytes like 00:00:5e:00:01:33, or five, to which the virtual router id is added",
);

/** The start of a name; ".255" and a "6" for IPv6 must fit behind it. */
export const namePrefix = pattern(/^(?!\.)[^\s/:\p{Cc}]{1,10}$/u, "1 to 10 characters, without a dot at the start");

/** An interface of the virtual router's own, with its hardware address. */
export const virtualMacSchema = z.strictObject({
  interface: interfaceName()
    .optional()
    .register(
      ...says(
        "The name of the interface that is made; vrrp.ID unless given, with the virtual router id, for IPv6 vrrp6.ID.",
      ),
    ),
  hardwareAddress: hardwareAddress
    .optional()
    .register(
      ...says(
        "Its hardware address; 00:00:5e:00:01:ID unless given, for IPv6 00:00:5e:00:02:ID (RFC 9568, section 7.3).",
      ),
    ),
  advertisesOnParent: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Whether advertisements leave by the instance's interface instead (vmac_xmit_base). All directors of a virtual router must do the same.",
      ),
    ),
});

/** An interface of the instance's own that shares the hardware address. */
export const ipvlanSchema = z.strictObject({
  interface: interfaceName()
    .optional()
    .register(...says("The name of the interface that is made; ipvlan.ID unless given, with the virtual router id.")),
  isolation: z
    .enum(["bridge", "private", "vepa"])
    .default("bridge")
    .register(...says("Whether ipvlan interfaces on one parent reach each other.")),
});
