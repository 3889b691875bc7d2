// What IPVS puts between the outer IP header and a client's packet in its three kinds of tunnels (net/netfilter/ipvs/ip_vs_xmit.c), byte for byte as it
// does for packets that it forwards: of a GUE tunnel with remote checksums these have an ordinary one, since the option is for packets of the host itself.

import { addressBytes, type IpAddress } from "../../base/address.ts";
import { internetChecksum, onesComplementSum } from "../../base/checksum.ts";
import type { Tunnel } from "../ipvs.ts";

/** The two ends of a tunnel. `port`: where GUE's datagrams come from. */
export interface TunnelEnds {
  /** Unknown where the kernel does not say from where it sends: then there is no checksum that covers it. */
  readonly source: IpAddress | undefined;
  readonly port: number;
  readonly realServer: IpAddress;
}

/** What follows the outer IP header, and the number of its protocol. */
export interface Tunnelled {
  readonly protocol: number;
  readonly data: Uint8Array;
}

/** IPPROTO_IPIP and IPPROTO_IPV6, ETH_P_IP and ETH_P_IPV6: what is in the tunnel. */
const carried = { ipv4: 4, ipv6: 41 } as const;
const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** IPPROTO_*. */
const [udp, gre] = [17, 47];

/** A whole packet as it goes through a tunnel. */
export function tunnelled({ type, port, checksum }: Tunnel, packet: Uint8Array, ends: TunnelEnds): Tunnelled {
  const family = (packet[0] ?? 0) >> 4 === 4 ? "ipv4" : "ipv6";
  if (type === "ipip") return { protocol: carried[family], data: packet };
  if (type === "gre") return { protocol: gre, data: inGre(etherTypes[family], packet, checksum !== "none") };
  return { protocol: udp, data: inGue(carried[family], packet, ends, port, checksum !== "none") };
}

/** RFC 2784, section 2: flags, the protocol, and the checksum with its reserved half where there is one. */
function inGre(etherType: number, packet: Uint8Array, hasChecksum: boolean): Uint8Array {
  const data = new Uint8Array((hasChecksum ? 8 : 4) + packet.length);
  const view = new DataView(data.buffer);
  view.setUint16(0, hasChecksum ? 0x8000 : 0);
  view.setUint16(2, etherType);
  data.set(packet, data.length - packet.length);
  if (hasChecksum) view.setUint16(4, internetChecksum(data));
  return data;
}

/** UDP, and GUE of version 0 without options (draft-ietf-intarea-gue, section 3): four bytes, of which the second is the protocol of what follows. */
function inGue(
  protocol: number,
  packet: Uint8Array,
  { source, port, realServer }: TunnelEnds,
  targetPort: number,
  hasChecksum: boolean,
): Uint8Array {
  const data = new Uint8Array(12 + packet.length);
  const view = new DataView(data.buffer);
  view.setUint16(0, port);
  view.setUint16(2, targetPort);
  view.setUint16(4, data.length);
  data[9] = protocol;
  data.set(packet, 12);
  if (!hasChecksum || source === undefined) return data;
  const pseudoHeader = Uint8Array.from([...addressBytes(source), ...addressBytes(realServer), 0, udp, 0, data.length]);
  // RFC 768: zero means that there is none.
  view.setUint16(6, internetChecksum(data, onesComplementSum(pseudoHeader)) || 0xffff);
  return data;
}
