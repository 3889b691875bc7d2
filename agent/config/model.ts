// The resolved configuration that cores and drivers see: every default filled in, every inheritance done, every address parsed, every
// duration in milliseconds. Types only. It is plain JSON, so that it travels between processes. schema/ is where it comes from;
// resolve.ts makes it.

import type { Family, IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";
import type { Forwarding, Service, ServiceKey } from "../kernel/ipvs.ts";
import type { BfdSessionModel } from "./bfd-model.ts";
import type { CheckerModel } from "./check-model.ts";
import type { ElectionModel } from "./election-model.ts";
import type { GratuitousArpModel } from "./gratuitous-arp-model.ts";
import type { IpvsSettingsModel, MarkedTrafficModel } from "./ipvs-settings-model.ts";
import type { RouteModel, RuleModel, StaticModel, SyncDaemonModel, VirtualAddressModel } from "./model-routing.ts";
import type { NotificationModel } from "./notification-model.ts";
import type { ProcessModel } from "./process-model.ts";
import type { VrrpGeneralModel } from "./vrrp-general-model.ts";
import type { WireModel } from "./wire-model.ts";

export type * from "./bfd-model.ts";
export type * from "./check-model.ts";
export type * from "./ipvs-settings-model.ts";
export type * from "./notification-model.ts";

import type { InterfaceDelayModel, SyncGroupModel, TrackerModel, WatchedModel } from "./tracking-model.ts";

export type * from "./tracking-model.ts";

import type { VirtualLinkModel } from "./virtual-link-model.ts";

/** Everything that a director is configured to do. */
export interface Model {
  readonly director: DirectorModel;
  readonly vrrp: VrrpModel;
  readonly balancer: BalancerModel;
  readonly notifications: NotificationModel;
}

/** The director itself. */
export interface DirectorModel {
  /** Its name in events and mails (router_id); the host's name unless configured. */
  readonly name: string | undefined;
}

/** What the vrrp process needs. */
export interface VrrpModel {
  /** How long the kernel keeps a virtual address that is no longer renewed. */
  readonly addressLease: Milliseconds;
  readonly general: VrrpGeneralModel;
  readonly instances: readonly VrrpInstanceModel[];
  /** What is there whoever is master; nothing unless configured. */
  readonly static?: StaticModel;
  /** What is followed beside interfaces; absent when there is nothing. */
  readonly watched?: WatchedModel;
  readonly interfaceDelays?: readonly InterfaceDelayModel[];
  readonly syncGroups?: readonly SyncGroupModel[];
  /** The BFD sessions; none when absent. */
  readonly bfdSessions?: readonly BfdSessionModel[];
  /** The IPVS sync daemon; none unless configured. */
  readonly syncDaemon?: SyncDaemonModel;
  /** How the vrrp process is run; as usual when absent. */
  readonly process?: ProcessModel;
}

/** One VRRP instance: a virtual router's part on this director. */
export interface VrrpInstanceModel extends ElectionModel, WireModel {
  /** Unique among instances, and for people: across configurations an instance is known by interface, VRID, family and version. */
  readonly name: string;
  readonly family: Family;
  readonly version: 2 | 3;
  /** Empty for an instance with unicast peers that is bound to none. */
  readonly interface: string;
  readonly virtualRouterId: number;
  /** 1–254, or 255 for the address owner. */
  readonly priority: number;
  readonly advertisementInterval: Milliseconds;
  /** The wish at start. A master that is not the owner still listens first, for one interval and skew time, as keepalived does. */
  readonly initialState: "master" | "backup";
  readonly preempt: boolean;
  /** How long a better backup waits before it takes over from a lower master. */
  readonly preemptDelay: Milliseconds;
  /** The configured source of advertisements; the interface's primary address unless given. */
  readonly sourceAddress: IpAddress | undefined;
  readonly multicastGroup: IpAddress;
  /** A password that is in a file is empty until it was read. */
  readonly authentication:
    | { readonly type: "none" }
    | { readonly type: "pass" | "ah"; readonly password: string; readonly passwordFile?: string };
  /** Version 3, IPv4: whether the checksum covers the pseudo-header (keepalived's default) or not (RFC 9568). Both are accepted. */
  readonly checksumWithPseudoHeader: boolean;
  /** What it follows beside its own interface, by itself and with its sync group; nothing when absent. */
  readonly trackers?: readonly TrackerModel[];
  /** Its own interface may be down without a fault (keepalived: dont_track_primary). */
  readonly ignoresOwnLink?: boolean;
  /** All that the master holds. */
  readonly virtualAddresses: readonly VirtualAddressModel[];
  /** Advertisements may have no addresses (keepalived's no_virtual_ipaddress); never unless said. */
  readonly withoutAddresses?: boolean;
  /** It takes no part for a while, because somebody wants that: a sentence that says who and why. Never configured. */
  readonly heldBack?: string;
  /** The master's routes and rules; none unless configured. */
  readonly routes?: readonly RouteModel[];
  readonly rules?: readonly RuleModel[];
  /** The interface of its own that its addresses are on; none unless configured. */
  readonly virtualLink?: VirtualLinkModel;
  /** The interfaces with the virtual MAC that single addresses are on; none unless configured. */
  readonly addressLinks?: readonly VirtualLinkModel[];
  /** False: packets to its addresses are dropped unless IPVS takes them (RFC 9568, Accept_Mode); true unless configured. */
  readonly accept?: boolean;
  /** The sysctl of that name is set on the interfaces of its addresses. */
  readonly promoteSecondaries?: boolean;
  readonly gratuitousArp: GratuitousArpModel;
}

/** What the checkers process needs. */
export interface BalancerModel {
  /** False: scripts of checkers are not run; they are unless said. */
  readonly runsScripts?: false;
  readonly virtualServers: readonly VirtualServerModel[];
  /** Real servers that are in the pool from the first moment on are told like those that come (keepalived's rs_init_notifies). */
  readonly tellsFirstRealServers?: true;
  /** What is wished of IPVS as a whole; nothing when absent. */
  readonly ipvs?: IpvsSettingsModel;
  /** How the checkers process is run; as usual when absent. */
  readonly process?: ProcessModel;
}

/** A virtual server: an IPVS service, or several alike, and the real servers behind it. */
export interface VirtualServerModel {
  /** Unique; "tcp 10.9.0.100:80" unless configured. */
  readonly name: string;
  readonly service: Service;
  /** Further services with the same settings and the same real servers (keepalived: virtual_server_group); one service alone when absent. */
  readonly furtherKeys?: readonly ServiceKey[];
  /** Packets that get the mark of its service from the agent; none when absent. */
  readonly markedTraffic?: readonly MarkedTrafficModel[];
  /** Up while the weights of the real servers that are up add up to it; the hysteresis is how far the sum must pass it on either side for a change. */
  readonly quorum: number;
  readonly hysteresis: number;
  readonly sorryServer: SorryServerModel | undefined;
  /** A real server that comes back gets its weight step by step over this time; at once when absent. */
  readonly slowStart?: Milliseconds;
  /** Checkers ask only while one of its addresses is on this director (keepalived's ha_suspend). */
  readonly suspendsWithoutAddress?: true;
  /** Whoever is told of its quorum is also told of the first one. */
  readonly tellsFirstQuorum?: true;
  /** A stop is told as if all of its real servers went down (keepalived's omega). */
  readonly tellsStop?: true;
  readonly realServers: readonly RealServerModel[];
}

/** Takes the place of all real servers while there is no quorum. */
export interface SorryServerModel {
  /** "10.9.0.99:80" */
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly forwarding: Forwarding;
  /** When the quorum is back: weight 0 instead of removal. */
  readonly inhibit: boolean;
}

/** A real server of one virtual server. */
export interface RealServerModel {
  /** Unique within its virtual server; "10.9.0.11:80" unless configured. */
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly weight: number;
  readonly forwarding: Forwarding;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** On failure: weight 0 instead of removal, so that connections are kept. */
  readonly inhibitOnFailure: boolean;
  /** It is not configured any more, and stays without new connections until those that there are have ended. Never configured. */
  readonly leaving?: true;
  /** In the pool only when all of them say up; always in the pool when there are none. */
  readonly checkers: readonly CheckerModel[];
}
