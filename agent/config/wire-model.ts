// How an instance speaks and what it believes of what it hears: the resolved settings. What is not there is as the RFCs have it.

import type { IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";

/** The parts of an instance's model that are about its advertisements' ways and checks. */
export interface WireModel {
  /** Advertisements go to peers one by one. */
  readonly unicast?: UnicastModel;
  /** Further ways on which it advertises and listens. */
  readonly furtherPaths?: readonly HeartbeatPathModel[];
  /** The device of the VRF that an instance without an interface is in; none unless given. */
  readonly vrf?: string;
  /** Version 3, IPv4: only the configured kind of checksum is accepted. */
  readonly strictChecksum?: boolean;
  /** The addresses of a sender are compared with ours only once. */
  readonly comparesAddressesOnce?: boolean;
  readonly hmac?: HmacModel;
}

/** Unicast. Without peers the instance is in fault. */
export interface UnicastModel {
  readonly peers: readonly UnicastPeerModel[];
  readonly timeToLive: number;
  /** Advertisements of others than the peers are refused. */
  readonly checkSource: boolean;
}

/** A peer, and the limits of its advertisements' time to live (hop limit). */
export interface UnicastPeerModel {
  readonly address: IpAddress;
  readonly minTimeToLive?: number;
  readonly maxTimeToLive?: number;
}

/** A further way. */
export interface HeartbeatPathModel {
  readonly interface: string;
  readonly sourceAddress?: IpAddress;
  readonly multicastGroup: IpAddress;
  readonly unicast?: UnicastModel;
}

/** Authentication by draft-cassen-vrrp-auth-hmac. */
export interface HmacModel {
  readonly keys: readonly HmacKeyModel[];
  readonly activeKey: number;
  readonly antiReplay: "time" | "monotonic";
  readonly timeWindow: Milliseconds;
  readonly mode: "enforce" | "permissive" | "receive-only";
}

/** A key, as the hexadecimal digits of its bytes; one that is in a file has none until it was read. */
export interface HmacKeyModel {
  readonly id: number;
  readonly hex: string;
  readonly file?: string;
}
