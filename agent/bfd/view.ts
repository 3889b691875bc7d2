// What the vrrp process shows of its BFD sessions. Types only: control converts it, the CLI prints it.

import type { IpAddress } from "../base/address.ts";
import type { SessionKind } from "./core/control-packet.ts";

/** A session as it is now. Times are Unix milliseconds, lengths milliseconds. */
export interface BfdSessionView {
  readonly name: string;
  readonly neighbour: IpAddress;
  readonly state: SessionKind;
  readonly since: number;
  /** A clause that continues its name. */
  readonly reason: string;
  readonly discriminator: number;
  /** What the neighbour said last; 0 and "down" when it is not heard. */
  readonly remoteDiscriminator: number;
  readonly remoteState: SessionKind;
  /** From one packet of ours to the next at most, and after how long the neighbour counts as silent. */
  readonly transmitIntervalMs: number;
  readonly detectionTimeMs: number;
  readonly sent: number;
  readonly received: number;
  readonly timesUp: number;
  /** Refused packets by the rule that they broke. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What whoever follows a session is told of it. */
export interface SessionReading {
  readonly up: boolean;
  /** Whether that is known, and not only held from before or for want of time. */
  readonly settled: boolean;
  /** It moves nobody yet. */
  readonly undecided?: true;
  /** A clause that continues its name. */
  readonly reason: string;
}
