// The services of a virtual server that has several, and the packets that are marked for it, both ways.

import { formatAddressRange } from "../../base/address-range.ts";
import { formatPortRange } from "../../config/schema/marked-traffic.ts";
import type { VirtualServerSettings } from "../../config/schema/settings.ts";
import type { IpvsService, MarkedTraffic } from "../gen/vipward/v1/config.pb.ts";
import { families, protocolWords } from "./enums.ts";
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

/** The marked packets of settings on the wire. */
export function markedTrafficOf({ markedTraffic }: VirtualServerSettings): MarkedTraffic[] {
  return markedTraffic.map(({ address, protocol, ports }) => ({
    address: formatAddressRange(address),
    protocol: protocolWords.value(protocol),
    ports: ports.map(formatPortRange),
  }));
}

/** The marked packets on the wire in a document. */
export function markedTrafficDocument(traffic: readonly MarkedTraffic[]): readonly unknown[] | undefined {
  return list(traffic, ({ address, protocol, ports }): DocumentObject => {
    const given = address === "" ? undefined : address;
    return present({ address: given, protocol: protocolWords.word(protocol), ports: list(ports, (range) => range) });
  });
}
