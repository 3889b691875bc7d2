// When two configured addresses are the same: as an object of the kernel, and with all that was wished for it.

import type { VirtualAddressModel } from "../../config/model-routing.ts";

/** Whether the kernel has one address for both. */
export function isSameAddress(a: VirtualAddressModel, b: VirtualAddressModel): boolean {
  return a.address === b.address && a.prefixLength === b.prefixLength && a.interface === b.interface;
}

/** Whether both are put in the same way. */
export function isPutAlike(a: VirtualAddressModel, b: VirtualAddressModel): boolean {
  return isSameAddress(a, b) && optionsKey(a) === optionsKey(b);
}

/** What an address has besides its place, as a text. */
export function optionsKey({ broadcast, scope, label, peer, deprecated, flags = [] }: VirtualAddressModel): string {
  return JSON.stringify([broadcast, scope ?? 0, label, peer, deprecated === true, [...flags].sort()]);
}
