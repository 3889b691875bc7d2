// What the kernel tells of interfaces and addresses, and whom it concerns. Hosts with many containers have links coming and going all the
// time, and thousands of notifications are only the echo of our own puts and removals: what contradicts nothing costs nothing.

import { unreachable } from "../../base/errors.ts";
import type { Link, LinkAddress, LinkChange } from "../../kernel/links.ts";
import type { AddressCheck } from "../addresses/address-check.ts";
import type { Announcer } from "../announcements/announcer.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { Environments } from "./environments.ts";
import { isSameLink, type ObservedNetwork } from "./observed-network.ts";
import type { Surroundings } from "./surroundings.ts";

/** What hears of changes. */
export interface LinkChangeParts {
  readonly network: ObservedNetwork;
  readonly surroundings: Surroundings;
  readonly environments: Environments;
  readonly addressCheck: AddressCheck;
  readonly announcer: Announcer;
}

/** Takes the kernel's notifications in for all instances. */
export class LinkChanges {
  readonly #instances: ReadonlyMap<string, RunningInstance>;
  readonly #parts: LinkChangeParts;

  constructor(instances: ReadonlyMap<string, RunningInstance>, parts: LinkChangeParts) {
    this.#instances = instances;
    this.#parts = parts;
  }

  /** Notes the change, and tells whom it concerns. */
  take(change: LinkChange): void {
    const { network, announcer, addressCheck } = this.#parts;
    const before = network.linkBefore(change);
    network.note(change);
    switch (change.kind) {
      case "link":
        this.#onLink(before, change.link);
        return;
      case "link-removed":
        announcer.forget(change.index);
        this.#onLink(before, undefined);
        return;
      case "address":
        this.#onAddress(change.address, true);
        return;
      case "address-removed":
        this.#onAddress(change, false);
        return;
      case "overrun":
        addressCheck.want();
        return;
      default:
        unreachable(change);
    }
  }

  #onLink(before: Link | undefined, now: Link | undefined): void {
    const { surroundings, environments, addressCheck } = this.#parts;
    const names = new Set([before, now].flatMap((link) => link?.name ?? []));
    if (![...names].some((name) => surroundings.concerns(name)) || isSameLink(before, now)) return;
    environments.refresh(surroundings.instancesOn(names, this.#instances.values()));
    addressCheck.want();
  }

  #onAddress({ linkIndex, address }: Pick<LinkAddress, "linkIndex" | "address">, isThere: boolean): void {
    const { network, surroundings, environments, addressCheck } = this.#parts;
    const linkName = network.link(linkIndex)?.name;
    if (linkName !== undefined)
      environments.refresh(surroundings.concernedBy(address, linkName, isThere, this.#instances.values()));
    addressCheck.wantIfContradicted(address);
  }
}
