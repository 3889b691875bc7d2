// The director's own addresses among the virtual ones, as observed: they are neither put nor removed by us.

import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import { ownerPriority } from "../core/initialize-rows.ts";
import { isOwnAddress, type Knowledge } from "../core/own-address.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";

/** Knows the own addresses of one director. */
export class OwnAddresses {
  readonly #network: ObservedNetwork;
  readonly #knowledge: Knowledge;

  constructor(network: ObservedNetwork, knowledge: Knowledge) {
    this.#network = network;
    this.#knowledge = knowledge;
  }

  /** Whether this form of a virtual address is the director's own on that link. */
  has(linkIndex: number, address: VirtualAddressModel): boolean {
    const found = this.#network.find(linkIndex, address);
    if (found === undefined || found.validFor !== undefined) return false;
    return isOwnAddress(found, this.#network.addressesOf(linkIndex), this.#knowledge);
  }

  /** The virtual address as the director's own, with the prefix length that it has there; undefined when it is not. */
  formOf(address: VirtualAddressModel): VirtualAddressModel | undefined {
    const link = this.#network.linkNamed(address.interface);
    if (link === undefined) return undefined;
    const forms = this.#network.everyForm(link.index, address.address);
    return forms.map(({ prefixLength }) => ({ ...address, prefixLength })).find((form) => this.has(link.index, form));
  }

  /** The first virtual address of an instance that is the director's own although the instance has not the owner's priority. */
  claimedBy({ priority, virtualAddresses }: VrrpInstanceModel): VirtualAddressModel | undefined {
    if (priority === ownerPriority) return undefined;
    for (const address of virtualAddresses) {
      const own = this.formOf(address);
      if (own !== undefined) return own;
    }
    return undefined;
  }
}
