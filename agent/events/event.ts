// The closed union of things that happen on a director. Cores and drivers report them; the control process numbers, stores and
// streams them (journal). Plain data, so that they travel between processes.

import type { IpAddress } from "../base/address.ts";

/** The states of a VRRP instance (RFC 9568, section 6.4; "fault" is keepalived's: it cannot take part, for instance because its interface is down). */
export type VrrpState = "initialize" | "backup" | "master" | "fault";

/** Which process of the agent something is about. */
export type ProcessRole = "control" | "vrrp" | "checkers";

/** A VRRP instance changed its state. `reason` is a sentence; `peer` the router whose advertisement caused it. */
export interface VrrpStateChanged {
  readonly kind: "vrrp-state-changed";
  readonly instance: string;
  readonly from: VrrpState;
  readonly to: VrrpState;
  readonly reason: string;
  readonly priority: number;
  readonly peer?: IpAddress;
  /** It ended because it is no longer configured. */
  readonly removed?: true;
}

/** The effective priority of an instance changed, because of what it tracks. */
export interface VrrpPriorityChanged {
  readonly kind: "vrrp-priority-changed";
  readonly instance: string;
  readonly state: VrrpState;
  readonly from: number;
  readonly to: number;
  /** The tracker that changed, as a sentence. */
  readonly reason: string;
}

/** Something that is tracked went up or down, or the number in a tracked file changed. */
export interface TrackerChanged {
  readonly kind: "tracker-changed";
  readonly tracker: "interface" | "script" | "process" | "file" | "track-group" | "bfd";
  readonly name: string;
  readonly up: boolean;
  readonly value?: number;
  /** A clause that continues its name. */
  readonly reason: string;
}

/** A BFD session is up, or no longer. */
export interface BfdSessionChanged {
  readonly kind: "bfd-session-changed";
  readonly session: string;
  readonly neighbour: IpAddress;
  readonly up: boolean;
  /** A clause that continues its name. */
  readonly reason: string;
}

/** A heartbeat path of an instance can be used again, or no longer: its interface is down or gone, or has no address to send from. */
export interface HeartbeatPathChanged {
  readonly kind: "heartbeat-path-changed";
  readonly instance: string;
  readonly interface: string;
  readonly open: boolean;
  /** Why it is closed; empty when it is open. */
  readonly reason: string;
}

/** A sync group changed its state: all its members are in it, or, for fault, one of them. */
export interface SyncGroupStateChanged {
  readonly kind: "sync-group-state-changed";
  readonly group: string;
  readonly from: VrrpState;
  readonly to: VrrpState;
  /** The member that changed last, and why. */
  readonly reason: string;
  /** The lowest effective priority of its members. */
  readonly priority: number;
}

/** A virtual address was put on, or taken off, an interface by us; "lost": somebody else removed it. */
export interface AddressChanged {
  readonly kind: "address-changed";
  readonly instance: string;
  readonly interface: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly change: "added" | "removed" | "lost";
  /** How often it was lost, if more than once, since that was last reported `during` milliseconds ago: another program removes it. */
  readonly times?: number;
  readonly during?: number;
}

/** Something that instances have in the kernel besides addresses was put or removed by us; "lost": somebody else removed it. Without an
 * instance it is there whoever is master, or a process before has left it. */
export interface BelongingChanged {
  readonly kind: "belonging-changed";
  readonly instance?: string;
  readonly belonging: "link" | "address" | "route" | "rule" | "firewall" | "sync-daemon";
  readonly object: string;
  readonly change: "added" | "removed" | "lost";
}

/** An advertisement was refused; reported once per instance, source and rule until the state changes. */
export interface AdvertisementRefused {
  readonly kind: "advertisement-refused";
  readonly instance: string;
  readonly source: IpAddress;
  readonly rule: string;
}

/** A router of the same virtual router is configured otherwise than we are, as the sentences say; none of them: it agrees again. Once a change. */
export interface PeerDiffers {
  readonly kind: "peer-differs";
  readonly instance: string;
  readonly peer: IpAddress;
  readonly differences: readonly string[];
}

/**
 * Another router claims to be master while we are: by an advertisement (`peer` and its priority), or by ARP for one of the virtual addresses
 * (`address` and the hardware address that it is said to have).
 */
export interface DualMaster {
  readonly kind: "dual-master";
  readonly instance: string;
  readonly priority: number;
  readonly peer?: IpAddress;
  readonly peerPriority?: number;
  readonly address?: IpAddress;
  readonly hardwareAddress?: string;
}

/** A neighbour was asked whether it has learnt that a virtual address is here now: it has answered to us, or not at all. */
export interface NeighbourChecked {
  readonly kind: "neighbour-checked";
  readonly instance: string;
  readonly address: IpAddress;
  readonly neighbour: IpAddress;
  readonly learned: boolean;
}

/** A checker changed its verdict. */
export interface CheckerChanged {
  readonly kind: "checker-changed";
  readonly checker: string;
  readonly virtualServer: string;
  readonly realServer: string;
  readonly up: boolean;
  readonly reason: string;
}

/** A checker has gone down so often that it keeps its real server out for a while, whatever it passes. */
export interface CheckerHeld {
  readonly kind: "checker-held";
  readonly checker: string;
  readonly virtualServer: string;
  readonly realServer: string;
  /** How often it went down within the time that is configured. */
  readonly falls: number;
  /** Unix milliseconds. */
  readonly until: number;
}

/** The certificate of a real server ends soon, or does so no longer, as a checker has seen. */
export interface ServerCertificateChanged {
  readonly kind: "server-certificate-changed";
  readonly checker: string;
  readonly virtualServer: string;
  readonly realServer: string;
  readonly expiring: boolean;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

/** A real server went in or out of the pool, or its weight in the kernel changed. */
export interface RealServerChanged {
  readonly kind: "real-server-changed";
  readonly virtualServer: string;
  readonly realServer: string;
  readonly up: boolean;
  readonly reason: string;
  /** It is in the pool from the first moment on: told only where that is configured. */
  readonly first?: true;
}

/** A checker made something else of a real server's weight. */
export interface RealServerWeightChanged {
  readonly kind: "real-server-weight-changed";
  readonly virtualServer: string;
  readonly realServer: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** A virtual server lost its quorum or has it again. `weight`: the weights of its real servers that are up, together. */
export interface QuorumChanged {
  readonly kind: "quorum-changed";
  readonly virtualServer: string;
  readonly up: boolean;
  readonly weight: number;
  readonly quorum: number;
  readonly hysteresis: number;
}

/** The kernel acknowledged changes of the IPVS table. */
export interface IpvsApplied {
  readonly kind: "ipvs-applied";
  /** What was being carried out; not there where checkers or drift are the cause. */
  readonly revision?: number;
  /** Of the call that brought the revision, where it had one. */
  readonly requestId?: string;
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  readonly durationMs: number;
}

/** The kernel refused a change of the IPVS table. */
export interface IpvsRefused {
  readonly kind: "ipvs-refused";
  readonly operation: string;
  readonly object: string;
  readonly code: string;
  readonly text?: string;
}

/** The kernel's table was found different from what is desired, and is being repaired. */
export interface IpvsDrift {
  readonly kind: "ipvs-drift";
  readonly object: string;
  readonly found: string;
  readonly expected: string;
}

/** A configuration became the running one, or was refused. */
export interface ConfigApplied {
  readonly kind: "config-applied";
  readonly revision: number;
  readonly author: string;
  readonly reason: string;
  /** Of the call, where it had one. */
  readonly requestId?: string;
}
export interface ConfigRejected {
  readonly kind: "config-rejected";
  readonly author: string;
  readonly problems: readonly string[];
  readonly requestId?: string;
}

/** A change that waited to be confirmed stays: somebody confirmed it, or it passed its gate. */
export interface ConfigConfirmed {
  readonly kind: "config-confirmed";
  readonly revision: number;
  readonly author: string;
  /** The id of the confirmed commit. */
  readonly id: string;
}

/** A change that waited to be confirmed went back: `revision` has the content of `to`, and `from` does not run any more. */
export interface ConfigRolledBack {
  readonly kind: "config-rolled-back";
  readonly revision: number;
  readonly from: number;
  readonly to: number;
  readonly author: string;
  readonly reason: string;
}

/** One of the agent's processes started, ended, or was replaced because it no longer answered. */
export interface ProcessStarted {
  readonly kind: "process-started";
  readonly role: ProcessRole;
  readonly pid: number;
  /** True when a restarted control process found it running. */
  readonly adopted: boolean;
}
export interface ProcessEnded {
  readonly kind: "process-ended";
  readonly role: ProcessRole;
  readonly pid: number;
  readonly reason: string;
}

/** A certificate of the API was taken, was not taken because its files do not go together, or ends soon. Times are Unix milliseconds. */
export interface CertificateLoaded {
  readonly kind: "certificate-loaded";
  readonly file: string;
  readonly names: string;
  readonly notAfter: number;
}
export interface CertificateRefused {
  readonly kind: "certificate-refused";
  readonly file: string;
  readonly problem: string;
}
export interface CertificateExpiring {
  readonly kind: "certificate-expiring";
  readonly file: string;
  readonly notAfter: number;
}

/** Another certificate is shown, on trial until then: it stays if somebody confirms it over a connection with it. */
export interface CertificateOnTrial {
  readonly kind: "certificate-on-trial";
  readonly file: string;
  readonly names: string;
  readonly notAfter: number;
  readonly until: number;
}

/** An operator set something aside for a while, or that ended. Times are Unix milliseconds. */
export interface OverrideSet {
  readonly kind: "override-set";
  /** What it is known by: "drain tcp 10.9.0.100:80 -> 10.9.0.11:80". */
  readonly id: string;
  readonly effect: string;
  readonly author: string;
  readonly reason: string;
  readonly until: number;
}
export interface OverrideEnded {
  readonly kind: "override-ended";
  readonly id: string;
  readonly reason: string;
}

/** The agent is stopping because it was asked to. */
export interface AgentStopping {
  readonly kind: "agent-stopping";
  readonly reason: string;
}

/** A notification was given up: its script failed or took too long, its mail was refused. */
export interface NotificationFailed {
  readonly kind: "notification-failed";
  /** What was to be done: 'script of INSTANCE "VI_1"'. */
  readonly target: string;
  /** What should have been told: "MASTER 150". */
  readonly notification: string;
  readonly reason: string;
}

/** Notifications were dropped because too many waited. */
export interface NotificationsDropped {
  readonly kind: "notifications-dropped";
  readonly target: string;
  readonly count: number;
  readonly reason: string;
}

/** Everything that happens. */
export type Event =
  | VrrpStateChanged
  | VrrpPriorityChanged
  | TrackerChanged
  | BfdSessionChanged
  | SyncGroupStateChanged
  | AddressChanged
  | HeartbeatPathChanged
  | BelongingChanged
  | AdvertisementRefused
  | DualMaster
  | NeighbourChecked
  | PeerDiffers
  | CheckerChanged
  | RealServerChanged
  | RealServerWeightChanged
  | CheckerHeld
  | ServerCertificateChanged
  | QuorumChanged
  | IpvsApplied
  | IpvsRefused
  | IpvsDrift
  | ConfigApplied
  | ConfigRejected
  | ConfigConfirmed
  | OverrideSet
  | OverrideEnded
  | CertificateLoaded
  | CertificateOnTrial
  | CertificateRefused
  | CertificateExpiring
  | ConfigRolledBack
  | ProcessStarted
  | ProcessEnded
  | AgentStopping
  | NotificationFailed
  | NotificationsDropped;

/** Takes events where they happen; never throws and never waits. */
export type ReportEvent = (event: Event) => void;

/** An event with its place in the agent's one strictly increasing sequence and its time (Unix milliseconds). */
export interface NumberedEvent {
  readonly sequence: number;
  readonly at: number;
  readonly event: Event;
}
