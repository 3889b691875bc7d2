// The states of a VRRP instance with what each of them has to remember. Deadlines are data: whoever drives the core asks for the next
// one and calls again when it has come; nothing is armed or cancelled here.

import type { IpAddress } from "../../base/address.ts";
import type { Instant, Milliseconds } from "../../base/duration.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";

/** Another router of the same virtual router, as last heard. */
export interface Peer {
  readonly address: IpAddress;
  readonly priority: number;
  readonly heardAt: Instant;
}

/** Not started, or stopped (RFC 9568, section 6.4.1). */
export interface Initialize {
  readonly kind: "initialize";
  /** Until when it waits to begin, and what it finds around it then; undefined when nothing has started it. */
  readonly delayed: { readonly until: Instant; readonly environment: Environment } | undefined;
}

/** Listens for a master and takes over when there is none (RFC 9568, section 6.4.2). */
export interface Backup {
  readonly kind: "backup";
  readonly source: IpAddress;
  /** When the master counts as down (Active_Down_Timer). */
  readonly masterDownAt: Instant;
  /** The interval that the master down interval is counted with: learnt from the master in version 3. */
  readonly masterInterval: Milliseconds;
  readonly master: Peer | undefined;
  /** From when a lower master may be preempted; set while a preempt delay runs or has run out. */
  readonly preemptAt: Instant | undefined;
  /** Its time to become master has come, and it waits for the others of its sync group. */
  readonly wish?: true | undefined;
  /** Of the other routers that were heard the one of highest priority: the first to take over when we fall silent. */
  readonly strongest?: Peer | undefined;
}

/** Holds the addresses and advertises (RFC 9568, section 6.4.3, there called Active). */
export interface Master {
  readonly kind: "master";
  readonly source: IpAddress;
  /** When the next advertisement is due (Adver_Timer). */
  readonly advertiseAt: Instant;
  /** When the wire last took one of ours; what the peers count from. */
  readonly lastAdvertisementAt: Instant;
  /** When the addresses are announced for the second time, and when for the sake of refreshing. */
  readonly announceAt: { readonly at: Instant; readonly repeat: number } | undefined;
  readonly refreshAt: Instant | undefined;
  /** When addresses on other interfaces than the instance's are announced for the sake of switches. */
  readonly extraAt: Instant | undefined;
  /** When it is asked whether somebody else has the addresses. */
  readonly probeAt: Instant | undefined;
  /** A router that claims to be master as well, and has been reported. */
  readonly rival: Peer | undefined;
  /** Since when it is master. */
  readonly since: Instant;
  /** Who else was heard to have one of the addresses, and when that was reported. */
  readonly claims: ReadonlyMap<string, Instant>;
  /** Of the other routers that were heard the one of highest priority: the first to take over when we fall silent. */
  readonly strongest?: Peer | undefined;
}

/** Cannot take part until what is missing is there (keepalived's FAULT). */
export interface Fault {
  readonly kind: "fault";
  readonly missing: Missing;
}

/** The state of a VRRP instance. */
export type InstanceState = Initialize | Backup | Master | Fault;

/** The state before anything has happened. */
export const initialize: Initialize = { kind: "initialize", delayed: undefined };

/** When the instance wants to be called next; undefined when it waits for events only. */
export function nextDeadline(state: InstanceState): Instant | undefined {
  switch (state.kind) {
    case "initialize":
      return state.delayed?.until;
    case "fault":
      return undefined;
    case "backup":
      return state.masterDownAt;
    case "master":
      return earliest([state.advertiseAt, state.announceAt?.at, state.refreshAt, state.extraAt, state.probeAt]);
  }
}

function earliest(deadlines: readonly (Instant | undefined)[]): Instant | undefined {
  return deadlines.reduce((first, next) =>
    first === undefined || (next !== undefined && next < first) ? next : first,
  );
}

/** What an instance can lack to take part in the protocol. */
export type Missing =
  | "interface"
  | "key"
  | "link"
  | "ownership"
  | "source address"
  | "socket"
  | "tracker"
  | "sync group"
  | "unicast peers";

/** What the instance finds around it: an interface that carries and an address to send from, or what of it is missing. */
export type Environment = { readonly ready: true; readonly source: IpAddress } | Unready;

/** What is missing. Ownership: this virtual address is the director's own, and the instance does not have the owner's priority. */
export type Unready =
  | { readonly ready: false; readonly missing: Exclude<Missing, "ownership" | "tracker" | "sync group"> }
  /** The reason is a sentence: which tracker says what, or which member of the group is in fault and why. */
  | { readonly ready: false; readonly missing: "tracker" | "sync group"; readonly reason: string }
  | { readonly ready: false; readonly missing: "ownership"; readonly address: VirtualAddressModel };
