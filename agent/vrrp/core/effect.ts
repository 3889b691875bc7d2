// What a step asks its driver to do. The list of a step is in order, and the order matters:
//
//   to master          one advertisement, then the addresses, then the announcements: peers are told before hosts are
//   to fault, to stop  one advertisement of priority 0, then the addresses go: a peer may take over at once
//   to backup          the addresses go: the new master is there already
//   in every case      the report comes last, when it has become true
//
// When a configuration changes, the addresses that go do so at the end of it all: one that moves to another instance stays where it is.

import type { IpAddress } from "../../base/address.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { Event } from "../../events/event.ts";

/** Sends an advertisement with this priority; 0 says that we leave. */
export interface SendAdvertisement {
  readonly kind: "send-advertisement";
  readonly priority: number;
}

/** Puts addresses on their interfaces and keeps their lease renewed while master. */
export interface PutAddresses {
  readonly kind: "put-addresses";
  readonly addresses: readonly VirtualAddressModel[];
}

/** Takes addresses off their interfaces; those that are not there are already gone. */
export interface RemoveAddresses {
  readonly kind: "remove-addresses";
  readonly addresses: readonly VirtualAddressModel[];
}

/** Tells the segment where the addresses live: `repeat` rounds of one frame for each address. */
export interface Announce {
  readonly kind: "announce";
  readonly addresses: readonly VirtualAddressModel[];
  readonly repeat: number;
}

/** Asks neighbours whether they have learnt where the addresses live; the outcome is an event. */
export interface VerifyNeighbours {
  readonly kind: "verify-neighbours";
  readonly addresses: readonly VirtualAddressModel[];
  readonly neighbours: readonly IpAddress[];
}

/** Asks the segments whether somebody else has these addresses; who has one answers. */
export interface ProbeAddresses {
  readonly kind: "probe-addresses";
  readonly addresses: readonly VirtualAddressModel[];
}

/** Tells what has happened. */
export interface Report {
  readonly kind: "report";
  readonly event: Event;
}

/** Everything that a step may ask for. */
export type Effect =
  | SendAdvertisement
  | PutAddresses
  | RemoveAddresses
  | Announce
  | VerifyNeighbours
  | ProbeAddresses
  | Report;
