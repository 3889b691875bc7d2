// The words for what a caller wants to be changed.

import type { IpAddress } from "../../base/address.ts";
import type { Validated } from "../../config/validate.ts";
import type { ConfirmationWish, GateWish, Settlement } from "../confirmation/confirmation.ts";
import type { GuardWish } from "../guards.ts";
import type { Source } from "./revision.ts";

/** A document with camelCase keys: the whole configuration, or, with `merge`, what changes in it and what goes. */
export interface DocumentWish {
  readonly document: unknown;
  readonly merge?: Removals;
}

/** What a merge removes, by name. A virtual server is named by its name, or as "tcp 10.9.0.100:80". */
export interface Removals {
  readonly vrrpInstances: readonly string[];
  readonly vrrpSyncGroups: readonly string[];
  readonly virtualServers: readonly string[];
}

/** A wish to replace the configuration. */
export interface ApplyRequest extends DocumentWish {
  /** What checking the document came to, where the caller has done it; it is not done again. */
  readonly validated?: Validated;
  readonly expectedRevision?: number;
  readonly requestId?: string;
  readonly planHash?: string;
  readonly author: string;
  readonly reason: string;
  readonly source: Source;
  readonly validateOnly: boolean;
  /** It goes back unless it is confirmed. */
  readonly confirmation?: ConfirmationWish;
  /** It goes back when the director fares worse by it. */
  readonly gate?: GateWish;
  /** What it may do that guards would refuse. */
  readonly guards?: GuardWish;
  /** The director's address that the call came to; undefined on the unix socket. */
  readonly localAddress?: IpAddress;
  /** Real servers that it removes are drained first, for so long at most; so many connections may be left. */
  readonly drainRemoved?: { readonly forMs: number; readonly floor: number };
  /** It ends a change that waits to be confirmed. */
  readonly settles?: Settlement;
  /** The virtual servers that its caller may change; undefined: everything. */
  readonly scope?: readonly string[];
  /** The directories below which its caller may name files of the director; undefined: everywhere. */
  readonly files?: readonly string[];
  /** Which controller asks. */
  readonly controller?: ControllerClaim;
  /** It was prepared before. */
  readonly preparedToken?: string;
}

/** Which controller asks: its role, and the epoch that its election gave it. */
export interface ControllerClaim {
  readonly role: string;
  readonly epoch: number;
}
