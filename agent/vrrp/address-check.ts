// Holds the virtual addresses on the interfaces against who is master: what a master has lost is put back, and what lies where no master
// holds it is removed. Asked for by whatever contradicts us, and done once, at the next deadline, however much has changed until then.

import type { IpAddress } from "../base/address.ts";
import type { AddressKeeper } from "./address-keeper.ts";
import type { Environments } from "./environments.ts";
import type { RunningInstance } from "./running-instance.ts";
import type { Surroundings } from "./surroundings.ts";

/** The check of one driver. */
export class AddressCheck {
  readonly #keeper: AddressKeeper;
  readonly #surroundings: Surroundings;
  readonly #environments: Environments;
  #wanted = false;

  constructor(keeper: AddressKeeper, surroundings: Surroundings, environments: Environments) {
    this.#keeper = keeper;
    this.#surroundings = surroundings;
    this.#environments = environments;
  }

  /** Asks for a check. */
  want(): void {
    this.#wanted = true;
  }

  /** Asks for a check if the address is not where it should be. Our own puts and removals come back as notifications, thousands of them. */
  wantIfContradicted(address: IpAddress): void {
    for (const { config } of this.#surroundings.instancesOf(address))
      for (const one of config.virtualAddresses)
        if (one.address === address && this.#keeper.isHeld(one) !== this.#surroundings.isOnLink(one)) this.want();
  }

  /** Whether a check can be made at once. */
  isDue(): boolean {
    return this.#wanted && this.#environments.nextDeadline() === undefined;
  }

  /** Observes, puts back what masters have lost, and removes ours from interfaces where no master holds them. */
  checkIfDue(instances: Iterable<RunningInstance>): void {
    if (!this.isDue()) return;
    this.#wanted = !this.#environments.observe();
    if (this.#wanted) return;
    this.#keeper.putBackLost();
    for (const instance of instances) if (instance.state.kind !== "master") this.#removeLeft(instance);
  }

  #removeLeft(instance: RunningInstance): void {
    const left = instance.config.virtualAddresses.filter(
      (one) => !this.#keeper.isHeld(one) && this.#surroundings.isOnLink(one),
    );
    if (left.length > 0) this.#keeper.remove(instance, left);
  }
}
