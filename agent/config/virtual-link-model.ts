// The link that an instance with a virtual MAC stands on. Types only.

import type { Family } from "../base/address.ts";

/** A link of the agent's own on the instance's interface. */
export interface VirtualLinkModel {
  /** The instance that it belongs to. */
  readonly instance: string;
  readonly kind: "macvlan" | "ipvlan";
  /** Its name. */
  readonly interface: string;
  /** The name of the interface below it. */
  readonly parent: string;
  /** That of the instance: what the kernel must not do by itself on it depends on it. */
  readonly family: Family;
  /** "00:00:5e:00:01:33"; an ipvlan has that of its parent. */
  readonly hardwareAddress?: string;
  readonly isolation?: "bridge" | "private" | "vepa";
  /** Advertisements leave by the interface below (keepalived's vmac_xmit_base). */
  readonly advertisesOnParent: boolean;
}
