// BFD sessions, resolved. Types only; model.ts hands them on.

import type { IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";

/** One BFD session: with whom, how fast, and from how far away its packets may come. */
export interface BfdSessionModel {
  readonly name: string;
  readonly neighbour: IpAddress;
  /** The kernel's choice unless given. */
  readonly sourceAddress: IpAddress | undefined;
  /** By RFC 5883 (port 4784) rather than RFC 5881 (port 3784). */
  readonly multihop: boolean;
  /** How often packets can be taken, how often they are wished to be sent while the session is up, and while it is not. */
  readonly minRx: Milliseconds;
  readonly minTx: Milliseconds;
  readonly idleTx: Milliseconds;
  /** The neighbour counts us as down after so many of our intervals without a packet. */
  readonly multiplier: number;
  /** Says nothing before it has heard the neighbour. */
  readonly passive: boolean;
  /** What packets are sent with, and how much less may be left of it in those of the neighbour; 255: any number. */
  readonly timeToLive: number;
  readonly maxHops: number;
}
