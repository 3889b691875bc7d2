// What a virtual server serves besides one address and port: several, ranges, and firewall marks, one IPVS service each (keepalived:
// virtual_server_group).

import { z } from "zod";
import { type AddressRange, addressCount, formatAddressRange, parseAddressRange } from "../../base/address-range.ts";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

/** The most addresses of one range; each is a service of the kernel with all its destinations. */
export const mostAddresses = 65_536n;

/** One address or several: "10.9.0.100", "10.9.0.100-10.9.0.120" or "10.9.0.0/28" in documents. */
export function addressRange() {
  return z.codec(z.string(), z.custom<AddressRange>(), {
    decode(text, context) {
      const range = parseAddressRange(text);
      const isTooLarge = range !== undefined && addressCount(range) > mostAddresses;
      if (range !== undefined && !isTooLarge) return range;
      context.issues.push({
        code: "custom",
        input: text,
        message: `${JSON.stringify(text)} ${isTooLarge ? `has more than ${mostAddresses} addresses` : "is not an address or a range of them"}`,
        params: {
          expected: "an address like 10.9.0.100, a range like 10.9.0.100-10.9.0.120 or a network like 10.9.0.0/28",
        },
      });
      return z.NEVER;
    },
    encode: formatAddressRange,
  });
}

const serviceSchema = z.strictObject({
  address: addressRange()
    .optional()
    .register(...says("One address or a range like 10.9.0.100-10.9.0.120. Either this or firewall_mark.")),
  port: integer(0, 65535)
    .optional()
    .register(...says("The port, with address; 0 for all ports, which needs persistence_timeout.")),
  firewallMark: integer(1, 4294967295)
    .optional()
    .register(...says("The packet mark that selects this service.")),
  family: z
    .enum(["ipv4", "ipv6"])
    .optional()
    .register(...says("The address family of a firewall mark; that of the virtual server unless given.")),
});

/** The field of a virtual server about several services. */
export const servicesField = {
  services: z
    .array(serviceSchema)
    .default([])
    .register(
      ...says(
        "Several addresses, ports, ranges and marks in place of address, port and firewall_mark: one IPVS service each, with the same real servers.",
      ),
    ),
};
