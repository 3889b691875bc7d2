// A virtual address in documents: an object, or just its text when nothing but the address is given.

import * as z from "zod";
import { address, interfaceAddress } from "./address.ts";
import { says } from "./says.ts";
import { interfaceName, name, pattern } from "./scalar.ts";

/** The scopes that an address can have, as `ip address` names them. */
export const addressScopes = ["global", "site", "link", "host"] as const;

const fields = z.strictObject({
  address: interfaceAddress().register(
    ...says('The address with its prefix length, "10.9.0.100/24"; without a length it is /32.'),
  ),
  interface: interfaceName()
    .optional()
    .register(...says("The interface that carries it; the instance's own unless given.")),
  virtualMac: z
    .boolean()
    .optional()
    .register(
      ...says(
        "Whether it is on an interface with the virtual router's hardware address that is made on that one (use_vmac); false unless given.",
      ),
    ),
  broadcast: address()
    .optional()
    .register(...says("Its broadcast address (keepalived: brd); none unless given.")),
  scope: z
    .enum(addressScopes)
    .optional()
    .register(...says("Where it is valid: global, site, link or host; global unless given.")),
  label: pattern(/^[!-~]{1,15}$/, "1 to 15 printable characters like eth0:1")
    .optional()
    .register(...says("A name of an IPv4 address, like eth0:1.")),
  peer: interfaceAddress()
    .optional()
    .register(...says("The other end of a point-to-point link; its prefix length is the one that counts.")),
  preferred: z
    .boolean()
    .optional()
    .register(
      ...says(
        "Whether the kernel may choose it as a source by itself (preferred_lft); true unless given, false for an IPv6 /128.",
      ),
    ),
  home: z
    .boolean()
    .optional()
    .register(...says("IPv6: a home address of Mobile IPv6.")),
  managesTemporary: z
    .boolean()
    .optional()
    .register(...says("IPv6: the kernel makes temporary addresses of it (keepalived: mngtmpaddr).")),
  prefixRoute: z
    .boolean()
    .optional()
    .register(
      ...says("Whether the kernel makes a route to its network; true unless given (keepalived: noprefixroute)."),
    ),
  autojoin: z
    .boolean()
    .optional()
    .register(...says("A multicast address whose group the kernel joins.")),
  trackGroup: name()
    .optional()
    .register(...says("Of a static address: the instances of this track group are in fault while it cannot be there.")),
  track: z
    .boolean()
    .optional()
    .register(
      ...says("Whether it is put back when somebody else removes it; true unless given (keepalived: no_track)."),
    ),
});

/** A virtual address. */
export const virtualAddressSchema = z.codec(z.unknown(), fields, {
  decode: (value) => (typeof value === "string" ? { address: value } : (value as { address: string })),
  encode: (value) => (Object.values(value).filter((one) => one !== undefined).length === 1 ? value.address : value),
});

/** A virtual address of a document that is well formed. */
export type VirtualAddressSettings = z.infer<typeof fields>;
