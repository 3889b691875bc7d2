// Holds the virtual addresses on the interfaces against who is master: what a master has lost is put back, what lies where no master holds
// it is removed, and what hosts know under another hardware address is announced anew. Asked for by whatever contradicts us, and done
// once, at the next deadline, however much has changed until then.

import type { IpAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import { after, type Instant } from "../../base/duration.ts";
import type { Announcer } from "../announcements/announcer.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { Stepper } from "../instances/stepper.ts";
import { type Environments, retryDelay } from "../surroundings/environments.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import type { Surroundings } from "../surroundings/surroundings.ts";
import type { AddressKeeper } from "./address-keeper.ts";

/** What addresses are checked with. */
export interface AddressCheckParts {
  readonly clock: Clock;
  readonly network: ObservedNetwork;
  readonly surroundings: Surroundings;
  readonly environments: Environments;
  readonly keeper: AddressKeeper;
  readonly announcer: Announcer;
  readonly stepper: Stepper;
}

/** The check of one driver. */
export class AddressCheck {
  readonly #parts: AddressCheckParts;
  #checkAt: Instant | undefined;

  constructor(parts: AddressCheckParts) {
    this.#parts = parts;
  }

  /** Asks for a check. */
  want(): void {
    this.#checkAt ??= this.#parts.clock.now();
  }

  /** Asks for a check if the address is not where it should be. Our own puts and removals come back as notifications, thousands of them. */
  wantIfContradicted(address: IpAddress): void {
    for (const instance of this.#parts.surroundings.instancesOf(address))
      for (const one of instance.config.virtualAddresses)
        if (one.address === address && this.#parts.keeper.isMisplaced(instance, one)) this.want();
  }

  /** When the check is to be made; undefined when nobody has asked for one. */
  nextDeadline(): Instant | undefined {
    return this.#checkAt;
  }

  /** Observes, and brings the interfaces in line, if it is time. Gives whether it has. */
  checkIfDue(now: Instant, instances: Iterable<RunningInstance>): boolean {
    if (this.#checkAt === undefined || this.#checkAt > now) return false;
    const all = [...instances];
    const hasObserved = this.#parts.environments.observe(all);
    this.#checkAt = hasObserved ? undefined : after(now, retryDelay);
    if (!hasObserved) return false;
    this.#parts.keeper.putBackLost();
    for (const instance of all) if (instance.state.kind !== "master") this.#removeLeft(instance);
    this.#announceAnew(all);
    return true;
  }

  #removeLeft(instance: RunningInstance): void {
    const { keeper } = this.#parts;
    const left = instance.config.virtualAddresses.filter(
      (one) => !keeper.isHeld(one) && keeper.isMisplaced(instance, one),
    );
    if (left.length > 0) keeper.remove(instance, left);
  }

  #announceAnew(instances: readonly RunningInstance[]): void {
    const { announcer, network, stepper } = this.#parts;
    announcer.keepOnly((linkIndex) => network.link(linkIndex) !== undefined);
    const outdated = new Set([...network.links()].filter((link) => announcer.isOutdated(link)).map(({ name }) => name));
    if (outdated.size === 0) return;
    for (const instance of instances) {
      const addresses = instance.config.virtualAddresses.filter((one) => outdated.has(one.interface));
      if (instance.state.kind === "master" && addresses.length > 0) stepper.announce(instance, addresses);
    }
  }
}
