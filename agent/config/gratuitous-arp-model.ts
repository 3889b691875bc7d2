// The part of the model about announcements of the addresses. Types only, as in model.ts.

import type { IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";

/** When a master announces its addresses: `repeat` frames at once, the same again after `delay`, then every `refresh` (0: never) `refreshRepeat` frames. */
export interface GratuitousArpModel {
  readonly repeat: number;
  readonly delay: Milliseconds;
  readonly refresh: Milliseconds;
  readonly refreshRepeat: number;
  /** Frames when a lesser master was heard, and the same again after the delay. */
  readonly lowerPriorityRepeat: number;
  readonly lowerPriorityDelay: Milliseconds;
  /** The operation of the ARP packets: some hosts take note of requests only, some of replies only. */
  readonly form: GratuitousArpForm;
  /** Neighbours (IPv4) that are asked, after each announcement of a new master, in a way that they answer only to who they take for the holder. */
  readonly verify: readonly IpAddress[];
  /** Whether a new master asks, a little later, whether somebody else has its addresses. */
  readonly probe: boolean;
  /** How often addresses on other interfaces than the instance's are announced (0: never), so that switches do not forget where they are. */
  readonly extraInterval: Milliseconds;
  /** On all other interfaces, and not only on those with a virtual MAC. */
  readonly extraAllInterfaces: boolean;
}

/** The ARP operations of announcements. */
export type GratuitousArpForm = "request" | "reply" | "both";
