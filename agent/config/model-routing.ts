// Routes and rules as the vrrp process sees them. Types only.

import type { InterfaceAddress } from "../base/address.ts";
import type { AddressOptions } from "../kernel/links.ts";
import type { NextHop, Route } from "../kernel/routes.ts";
import type { Rule } from "../kernel/rules.ts";
import type { SyncDaemon } from "../kernel/sync-daemons.ts";

/** A route whose interfaces are still names: they may come and go. */
export interface RouteModel extends Omit<Route, "nextHops"> {
  readonly nextHops: readonly NextHopModel[];
  /** Not put back when somebody else removes it (keepalived's no_track). */
  readonly untracked?: boolean;
}

/** Where a route leads. */
export interface NextHopModel extends Omit<NextHop, "linkIndex"> {
  readonly interface?: string;
}

/** A rule. */
export interface RuleModel extends Rule {
  /** Not put back when somebody else removes it (keepalived's no_track). */
  readonly untracked?: boolean;
}

/** The IPVS sync daemon; without an instance both states run. */
export interface SyncDaemonModel extends Omit<SyncDaemon, "state"> {
  /** The network namespace whose IPVS it belongs to, and its interface; the agent's own unless configured. */
  readonly networkNamespace?: string;
  readonly instance?: string;
}

/** Static objects that instances follow: while one of them cannot be there, those are in fault. */
export interface TrackGroupModel {
  readonly name: string;
  readonly addresses: readonly VirtualAddressModel[];
  readonly routes: readonly RouteModel[];
  readonly rules: readonly RuleModel[];
}

/** What is there for as long as the agent runs, whoever is master. */
export interface StaticModel {
  readonly addresses: readonly VirtualAddressModel[];
  readonly routes: readonly RouteModel[];
  readonly rules: readonly RuleModel[];
  /** Those of the objects that somebody follows; absent when there are none. */
  readonly trackGroups?: readonly TrackGroupModel[];
}

/** An address that the master holds. The interface is the instance's own unless configured. */
export interface VirtualAddressModel extends InterfaceAddress, AddressOptions {
  readonly interface: string;
  /** Held and announced like the others, but not in advertisements (keepalived's virtual_ipaddress_excluded); may be of the other family. */
  readonly excluded?: boolean;
  /** Not put back when somebody else removes it (keepalived's no_track). */
  readonly untracked?: boolean;
}
