// What came with a packet, what is expected of it, and the rules that it may break. Each is also the name of a counter.

import type { Family, IpAddress } from "../../../base/address.ts";
import type { Milliseconds } from "../../../base/duration.ts";
import type { VrrpInstanceModel } from "../../../config/model.ts";

/** The rules that an advertisement may break. */
export const advertisementRules = [
  "length is wrong",
  "time-to-live is not 255",
  "time-to-live is out of its limits",
  "version differs",
  "type is not 1",
  "checksum is wrong",
  "destination differs",
  "authentication type differs",
  "authentication differs",
  "address count is 0",
  "advertisement interval differs",
  "advertisement interval is 0",
  "source is no peer",
] as const;

/** The rules of what an advertisement may be wrapped in (authentication-header.ts, hmac-trailer.ts). */
export const wrapperRules = [
  "authentication header is malformed",
  "security parameters index is not the source",
  "integrity check value is wrong",
  "sequence number was heard before",
  "hmac is missing",
  "hmac trailer is malformed",
  "hmac is out of its time",
  "hmac key is not known",
  "hmac is wrong",
  "hmac was heard before",
] as const;

/** A rule that a received packet may break. */
export type PacketRule = (typeof advertisementRules)[number] | (typeof wrapperRules)[number];

/** The IP header's facts about a packet. */
export interface Envelope {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** A packet as it came from the wire: `payload` is what lies behind the IP header, up to the IP header's total length. */
export interface ReceivedPacket extends Envelope {
  readonly timeToLive: number;
  readonly payload: Uint8Array;
  /** The packet with the trailer that authenticated it: over IPv6 the kernel of the sender has summed all of it. */
  readonly signed?: Uint8Array;
}

/** What a virtual router accepts. `advertisementInterval` counts in version 2 only, where it must be equal. */
export interface Expectation {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly multicastGroup: IpAddress;
  readonly advertisementInterval: Milliseconds;
  readonly authentication: { readonly type: "none" } | PassAuthentication | HeaderAuthentication;
  /** Version 3, IPv4: the kind of checksum that is accepted, if only one is. */
  readonly strictChecksum?: boolean;
  readonly checksumWithPseudoHeader?: boolean;
  /** Advertisements come from peers, to an address of this host. */
  readonly unicast?: VrrpInstanceModel["unicast"];
  /** Version 3 too may come without addresses. */
  readonly withoutAddresses?: boolean;
}

/** The packet travels in an authentication header, which is verified before it is read (RFC 2338, section 5.3.6.3). */
export interface HeaderAuthentication {
  readonly type: "ah";
  readonly password: string;
}

/** A clear text password of up to 8 bytes (RFC 2338, section 5.3.6.2; keepalived's PASS). It protects against mistakes, not against people. */
export interface PassAuthentication {
  readonly type: "pass";
  readonly password: string;
}
