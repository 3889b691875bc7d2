// The services of a virtual server that has several, both ways.

import { formatAddressRange } from "../../base/address-range.ts";
import type { VirtualServerSettings } from "../../config/schema/settings.ts";
import type { IpvsService } from "../gen/vipward/v1/config.pb.ts";
import { families } from "./enums.ts";
import { type DocumentObject, list, present } from "./present.ts";

/** The services of settings on the wire. */
export function servicesOf({ services }: VirtualServerSettings): IpvsService[] {
  return services.map(({ address, port, firewallMark, family }) => ({
    address: address && formatAddressRange(address),
    port,
    firewallMark,
    family: families.value(family),
  }));
}

/** The services on the wire in a document. */
export function servicesDocument(services: readonly IpvsService[]): readonly unknown[] | undefined {
  return list(services, ({ address, port, firewallMark, family }): DocumentObject => {
    return present({ address, port, firewallMark, family: families.word(family) });
  });
}
