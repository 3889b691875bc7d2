// Which address is the director's own although it is configured as a virtual one: then it is not ours to move. Without it nobody may reach
// the director any more, so it is told by what its removal would leave, and not by what the configuration says.

import { addressBytes, familyOf, type InterfaceAddress } from "../../base/address.ts";
import type { LinkAddress } from "../../kernel/links.ts";

/** What is known of the addresses of a link: whether one is configured as virtual, and whether this agent has put it there. */
export interface Knowledge {
  readonly isVirtual: (address: LinkAddress) => boolean;
  readonly isOurs: (address: LinkAddress) => boolean;
}

/**
 * Whether this virtual address is the director's own: it is there for ever, not by our doing, and without it its link would have no address of
 * this family left but virtual ones. `all` are the addresses of its link.
 */
export function isOwnAddress(
  found: LinkAddress,
  all: readonly LinkAddress[],
  { isVirtual, isOurs }: Knowledge,
): boolean {
  if (found.validFor !== undefined) return false;
  if (all.some((one) => one.address === found.address && isOurs(one))) return false;
  const others = all.filter((one) => familyOf(one.address) === familyOf(found.address) && !isVirtual(one));
  return others.every((one) => one.address === found.address || isOurs(one) || goesWith(one, found));
}

/** Whether the kernel may remove the one together with the other: secondary addresses go with the primary one unless promote_secondaries is set. */
function goesWith(one: LinkAddress, removed: LinkAddress): boolean {
  return one.secondary && !removed.secondary && networkOf(one) === networkOf(removed);
}

function networkOf({ address, prefixLength }: InterfaceAddress): string {
  const bits = [...addressBytes(address)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return `${bits.slice(0, prefixLength)}/${prefixLength}`;
}
