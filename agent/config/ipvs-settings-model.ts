import type { AddressRange } from "../base/address-range.ts";
import type { Protocol } from "../kernel/ipvs.ts";
import type { IpvsTimeouts } from "../kernel/ipvs-timeouts.ts";

/** What is wished of IPVS as a whole. */
export interface IpvsSettingsModel {
  /** Those that are not given stay as they are. */
  readonly timeouts?: Partial<IpvsTimeouts>;
  /** The first configuration after a start removes what is not configured, whoever made it. */
  readonly flushAtStart?: boolean;
  /** A stop removes everything, whoever made it. */
  readonly flushAtStop?: boolean;
  /** Another namespace than the agent's own, by name. */
  readonly networkNamespace?: string;
}

/** Packets that get a mark. */
export interface MarkedTrafficModel {
  readonly addresses: AddressRange;
  readonly protocol: Protocol;
  /** Inclusive ranges; all ports when empty. */
  readonly ports: readonly { readonly from: number; readonly to: number }[];
}
