// What a route wraps packets in before they leave (light-weight tunnels of linux/lwtunnel.h), without a tunnel interface for each destination.

import type { IpAddress } from "../base/address.ts";

/** A header around packets. A field that is not there is zero, which the kernel takes for none. */
export type Encapsulation =
  | OuterHeader
  /** Labels, the outermost first. */
  | { readonly kind: "mpls"; readonly labels: readonly number[] }
  /** The locator that takes the place of the destination's upper half: four groups of hexadecimal digits. */
  | { readonly kind: "ila"; readonly locator: string };

/** The outer header that a tunnel interface without an address of its own (external) puts around packets. */
export interface OuterHeader {
  readonly kind: "ip" | "ip6";
  readonly id?: number;
  readonly destination?: IpAddress;
  readonly source?: IpAddress;
  readonly tos?: number;
  readonly ttl?: number;
  /** TUNNEL_* of linux/if_tunnel.h: 1 checksum, 4 key, 8 sequence numbers. */
  readonly flags?: number;
}

/** Whether two are the same, none included. */
export function isSameEncapsulation(a: Encapsulation | undefined, b: Encapsulation | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && wordsOf(a).join(" ") === wordsOf(b).join(" "));
}

/** The words that `ip route` has for it. */
export function encapsulationWords(encapsulation: Encapsulation | undefined): readonly string[] {
  return encapsulation === undefined ? [] : ["encap", ...wordsOf(encapsulation)];
}

function wordsOf(encapsulation: Encapsulation): readonly string[] {
  const { kind } = encapsulation;
  if (kind === "mpls") return [kind, encapsulation.labels.join("/")];
  if (kind === "ila") return [kind, encapsulation.locator];
  const { id, destination, source, tos, ttl, flags } = encapsulation;
  const six = kind === "ip6";
  return [
    kind,
    ...word("id", id),
    ...word("dst", destination),
    ...word("src", source),
    ...word(six ? "tc" : "tos", tos),
    ...word(six ? "hoplimit" : "ttl", ttl),
    ...word("flags", flags),
  ];
}

function word(name: string, value: number | string | undefined): readonly string[] {
  return value === undefined ? [] : [name, String(value)];
}
