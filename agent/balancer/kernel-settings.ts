// What IPVS has in the kernel besides its table: the network namespace it is in, the timeouts of connections, and the rules that mark packets. Where
// nothing of it is configured, and never was, nothing is asked.

import { OperationError } from "../base/errors.ts";
import type { BalancerModel } from "../config/model.ts";
import type { Marks } from "./marks.ts";
import type { Timeouts } from "./timeouts.ts";

/** The network namespace that all ports to IPVS share, chosen before the first of them opens a socket. */
export interface IpvsNamespace {
  name: string | undefined;
}

/** What the settings are made of. */
export interface KernelSettingsPorts {
  readonly namespace: IpvsNamespace;
  readonly timeouts: Timeouts;
  readonly marks: Marks;
}

/** Functions throw an OperationError when the kernel cannot be asked, or refuses. */
export class KernelSettings {
  readonly #ports: KernelSettingsPorts;
  #isEntered = false;

  constructor(ports: KernelSettingsPorts) {
    this.#ports = ports;
  }

  /** Makes the kernel what the configuration wants besides the table. */
  apply(model: BalancerModel): void {
    this.#enter(model.ipvs?.networkNamespace);
    this.#ports.timeouts.apply(model.ipvs?.timeouts);
    this.#ports.marks.apply(model);
  }

  /** Whether the kernel still has it. */
  isRight(): boolean {
    return this.#ports.timeouts.isRight() && this.#ports.marks.isRight();
  }

  /** Puts right what somebody else has changed, and reports it; returns how much that was. */
  repair(): number {
    const { timeouts, marks } = this.#ports;
    return Number(timeouts.repair()) + Number(marks.repair());
  }

  /** Gives back what was there before. */
  restore(): void {
    this.#ports.timeouts.apply(undefined);
    this.#ports.marks.apply(undefined);
  }

  /** Everything that is known of the table is of one namespace: another one takes a new process. */
  #enter(name: string | undefined): void {
    const { namespace } = this.#ports;
    if (this.#isEntered && name !== namespace.name) {
      const object = `network namespace ${name ?? "of the agent"}`;
      const text = "it cannot change while the agent runs: stop the agent and start it again";
      throw new OperationError({ operation: "enter", object, cause: { code: "EBUSY", text } });
    }
    namespace.name = name;
    this.#isEntered = true;
  }
}
