// Puts addresses on interfaces and removes them. A removal that the kernel refuses is owed: it is tried again until it succeeds, or the
// address is wanted again.

import { formatInterfaceAddress } from "../../base/address.ts";
import type { Milliseconds } from "../../base/duration.ts";
import { OperationError } from "../../base/errors.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { LinksPort, WishedAddress } from "../../kernel/links.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";

/** An address as it lies on an interface, which may have another name by now than the one in the address. */
export interface PlacedAddress {
  readonly linkIndex: number;
  readonly address: VirtualAddressModel;
}

/** What the writer tells. `instance` is a name. */
export interface WriterListener {
  onRemoved(instance: string, address: VirtualAddressModel): void;
  onRefused(operation: string, object: string, thrown: unknown): void;
}

/** Writes addresses, and keeps what is observed up to date with it. */
export class AddressWriter {
  readonly #links: LinksPort;
  readonly #network: ObservedNetwork;
  readonly #listener: WriterListener;
  readonly #owed = new Map<string, { readonly instance: string; readonly placed: PlacedAddress }>();

  constructor(links: LinksPort, network: ObservedNetwork, listener: WriterListener) {
    this.#links = links;
    this.#network = network;
    this.#listener = listener;
  }

  /** Puts the address, or renews it. Its interface's index; undefined when it was refused. */
  put(address: VirtualAddressModel, validFor: Milliseconds | undefined): number | undefined {
    const link = this.#network.linkNamed(address.interface);
    return this.#attempt("put address", address, () => {
      if (link === undefined) throw missingInterface(address);
      const wished = { ...formOf(address), linkIndex: link.index };
      this.#links.putAddress(validFor === undefined ? wished : { ...wished, validFor });
      this.#network.noteOwn(wished);
      this.#owed.delete(keyOf({ linkIndex: link.index, address }));
      return link.index;
    });
  }

  /** Removes the address from where it lies, whoever has put it there. */
  remove(instance: string, placed: PlacedAddress): void {
    const { linkIndex, address } = placed;
    this.#owed.set(keyOf(placed), { instance, placed });
    const removed = this.#attempt("remove address", address, () => {
      const { address: bare, prefixLength } = address;
      const peer = address.peer ?? this.#network.find(linkIndex, address)?.peer;
      const wished = { linkIndex, address: bare, prefixLength, ...(peer !== undefined && { peer }) };
      this.#links.removeAddress(wished);
      this.#network.note({ kind: "address-removed", ...wished });
      return true;
    });
    if (removed === undefined) return;
    this.#owed.delete(keyOf(placed));
    this.#listener.onRemoved(instance, address);
  }

  /** Removes an address that is put anew right afterwards: nobody is told, and a refusal shows when it is put. */
  take({ linkIndex, address }: PlacedAddress): void {
    this.#attempt("remove address", address, () => {
      this.#links.removeAddress({ ...formOf(address), linkIndex });
      this.#network.note({
        kind: "address-removed",
        linkIndex,
        address: address.address,
        prefixLength: address.prefixLength,
      });
    });
  }

  /** Whether a removal of this address is owed. */
  owes(placed: PlacedAddress): boolean {
    return this.#owed.has(keyOf(placed));
  }

  /** Tries again the removals that were refused. */
  removeOwed(): void {
    for (const { instance, placed } of [...this.#owed.values()]) this.remove(instance, placed);
  }

  #attempt<T>(operation: string, address: VirtualAddressModel, action: () => T): T | undefined {
    try {
      return action();
    } catch (thrown) {
      this.#listener.onRefused(operation, describe(address), thrown);
      return undefined;
    }
  }
}

function keyOf({ linkIndex, address }: PlacedAddress): string {
  return `${linkIndex} ${address.address}/${address.prefixLength}`;
}

/** What the kernel is told of an address: not what only we know. */
function formOf({
  interface: _,
  excluded: __,
  untracked: ___,
  ...form
}: VirtualAddressModel): Omit<WishedAddress, "linkIndex"> {
  return form;
}

function missingInterface(address: VirtualAddressModel): OperationError {
  return new OperationError({
    operation: "put address",
    object: describe(address),
    cause: { code: "ENODEV", text: `interface "${address.interface}" does not exist` },
  });
}

function describe(address: VirtualAddressModel): string {
  return `${formatInterfaceAddress(address)} on ${address.interface}`;
}
