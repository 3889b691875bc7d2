// Where the TCP packets go that a virtual server forwards: its addresses and ports, as far as it says them. A firewall mark says nothing unless the agent
// itself marks the packets.

import { familyOf, type IpAddress } from "../base/address.ts";
import { type AddressRange, addressNumber } from "../base/address-range.ts";
import type { PortRange } from "./schema/marked-traffic.ts";
import type { VirtualServerSettings } from "./schema/settings.ts";

/** TCP packets to these addresses; to all ports where none is named. */
export interface ForwardedTraffic {
  readonly addresses: AddressRange;
  readonly ports: readonly PortRange[];
}

/** What it says. */
export function forwardedTraffic(server: VirtualServerSettings): readonly ForwardedTraffic[] {
  const { address, port, protocol, services, markedTraffic } = server;
  const marked = markedTraffic.filter((one) => one.protocol === "tcp");
  const listed = [{ address: address && { first: address, last: address }, port }, ...services];
  const addressed = protocol === "tcp" ? listed.flatMap((one) => trafficOf(one.address, one.port)) : [];
  return [...addressed, ...marked.map(({ address: addresses, ports }) => ({ addresses, ports }))];
}

/** Whether it may forward more than it says: somebody else marks packets for it. */
export function forwardsUnsaid({ firewallMark, services, markedTraffic }: VirtualServerSettings): boolean {
  return (
    (firewallMark !== undefined && markedTraffic.length === 0) || services.some((one) => one.firewallMark !== undefined)
  );
}

/** The virtual address and port that a check by the forwarding path asks: those named by the check, or the first. */
export function askedTarget(
  server: VirtualServerSettings,
  check: { readonly address?: IpAddress | undefined; readonly port?: number | undefined },
): { readonly address: IpAddress | undefined; readonly port: number | undefined } {
  const traffic = forwardedTraffic(server);
  const { address = traffic[0]?.addresses.first } = check;
  const of = traffic.find(({ addresses }) => address !== undefined && hasAddress(addresses, address));
  return { address, port: check.port ?? of?.ports[0]?.from };
}

/** Whether packets to an address and a port are among them. */
export function forwards({ addresses, ports }: ForwardedTraffic, address: IpAddress, port: number): boolean {
  const hasPort = ports.length === 0 || ports.some(({ from, to }) => from <= port && port <= to);
  return hasPort && hasAddress(addresses, address);
}

function hasAddress({ first, last }: AddressRange, address: IpAddress): boolean {
  const number = addressNumber(address);
  return familyOf(first) === familyOf(address) && addressNumber(first) <= number && number <= addressNumber(last);
}

function trafficOf(addresses: AddressRange | undefined, port: number | undefined): readonly ForwardedTraffic[] {
  if (addresses === undefined || port === undefined) return [];
  return [{ addresses, ports: port === 0 ? [] : [{ from: port, to: port }] }];
}
