// What the vrrp process shows of its instances. Types only: control converts it, the CLI prints it.

import type { IpAddress } from "../base/address.ts";
import type { TrackerKind } from "../config/model.ts";
import type { VrrpState } from "../events/event.ts";

/** A VRRP instance as it is now. Times are Unix milliseconds, lengths milliseconds. */
export interface InstanceView {
  readonly name: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly state: VrrpState;
  readonly since: number;
  /** Why it is in this state: the sentence of the last transition. */
  readonly reason: string;
  readonly priority: number;
  readonly effectivePriority: number;
  /** What it follows, by itself and with its sync group. */
  readonly trackers?: readonly TrackerView[];
  readonly advertisementIntervalMs: number;
  readonly skewTimeMs: number;
  readonly masterDownIntervalMs: number;
  /** The router whose advertisements are accepted as the master's; ourselves when we are master. */
  readonly masterAddress?: IpAddress;
  readonly masterPriority?: number;
  readonly virtualAddresses: readonly VirtualAddressView[];
  readonly counters: InstanceCounters;
  /** The routers that are configured otherwise than we are. */
  readonly peerDifferences?: readonly PeerDifferenceView[];
  /** Its heartbeat paths, in the order of the configuration. */
  readonly heartbeatPaths?: readonly HeartbeatPathView[];
  /** Why it is as it is, and what comes next. */
  readonly explanation?: ExplanationView;
  /** What else it has in the kernel as master. */
  readonly belongings?: readonly BelongingView[];
}

/** What a router of the same virtual router says otherwise, as sentences. */
export interface PeerDifferenceView {
  readonly peer: IpAddress;
  readonly differences: readonly string[];
}

/** A further way, and whether advertisements can go by it now. */
export interface HeartbeatPathView {
  readonly interface: string;
  readonly open: boolean;
}

/** Why an instance is in its state, and what comes next. */
export interface ExplanationView {
  /** The row of the transition table that led to the state. */
  readonly row: string;
  /** The advertisement that it was taken for. */
  readonly packet?: PeerView;
  /** What it waits for, and until when. */
  readonly deadlines: readonly { readonly name: string; readonly at: number }[];
  /** What each other router of this virtual router last said. */
  readonly peers: readonly PeerView[];
  /** What would happen if the master went silent now, and when this instance would become master. */
  readonly forecast: string;
  readonly masterAt?: number;
}

/** What another router has said. */
export interface PeerView {
  readonly address: IpAddress;
  readonly priority: number;
  readonly intervalMs: number;
  readonly at: number;
}

/** Something in the kernel that is not a virtual address, and whether it is there. */
export interface BelongingView {
  readonly kind: "link" | "address" | "route" | "rule" | "firewall" | "setting" | "sync-daemon";
  /** As `ip` writes it. */
  readonly object: string;
  readonly present: boolean;
}

/** Something that an instance follows, and what is known of it. */
export interface TrackerView {
  readonly kind: TrackerKind;
  readonly name: string;
  readonly weight: number;
  readonly reverse: boolean;
  readonly up: boolean;
  /** The number in a file. */
  readonly value?: number;
  /** Why it is down, or that it is up: a clause that continues its name. */
  readonly reason: string;
}

/** Instances that move together, as they are now. */
export interface SyncGroupView {
  readonly name: string;
  readonly state: VrrpState;
  readonly since: number;
  readonly members: readonly string[];
}

/** A virtual address and whether it is on its interface now. */
export interface VirtualAddressView {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly interface: string;
  readonly held: boolean;
  /** Held, but not advertised. */
  readonly excluded?: boolean;
}

/** Counted since the process took over the instance. `refused` counts each broken rule by its name. */
export interface InstanceCounters {
  readonly advertisementsSent: number;
  readonly advertisementsReceived: number;
  readonly priorityZeroSent: number;
  readonly priorityZeroReceived: number;
  readonly becameMaster: number;
  readonly releasedMaster: number;
  readonly announcementsSent: number;
  /** ARP packets of somebody else for one of the addresses, while master. */
  readonly addressClaims: number;
  readonly refused: Readonly<Record<string, number>>;
  /** What could not be sent ("advertisement-not-sent", "announcement-not-sent"). */
  readonly failed?: Readonly<Record<string, number>>;
}
