// The two children as one thing to configure.

import { messageOf, type OperationFailure } from "../base/errors.ts";
import type { Model } from "../config/model.ts";
import type { Configured } from "../supervisor/protocol.ts";
import type { CheckersPort, ChildPort, NotificationsPort, VrrpPort } from "./ports.ts";
import type { ApplyPhase, StepFailure } from "./words/outcome.ts";

/** The children, by the phase in which a transaction configures them. */
export type Role = "checkers" | "vrrp";

/** How a child is given what it should run whatever comes: always, or only unless it already runs it. */
export type How = "restore" | "adopt";

/** Who gets a part of each configuration. Notifications take theirs just before vrrp: what it reports is told as the new one says. */
export interface ConfiguredParts {
  readonly checkers: CheckersPort;
  readonly vrrp: VrrpPort;
  readonly notifications?: NotificationsPort;
  /** Awaited once, before anybody is given anything. */
  readonly beforeFirst?: (model: Model) => Promise<void>;
  /** The model with what operators have overridden. */
  readonly effective?: (model: Model) => Model;
}

/** Gives configurations to checkers and vrrp. */
export class BothChildren {
  readonly #checkers: CheckersPort;
  readonly #vrrp: VrrpPort;
  readonly #notifications: NotificationsPort | undefined;
  readonly #effective: (model: Model) => Model;
  /** What each of them is known to run. */
  readonly #runs = new Map<Role, object>();
  #hasBegun = false;
  #beforeFirst: ((model: Model) => Promise<void>) | undefined;

  constructor({ checkers, vrrp, notifications, beforeFirst, effective = (model) => model }: ConfiguredParts) {
    this.#effective = effective;
    this.#checkers = checkers;
    this.#vrrp = vrrp;
    this.#notifications = notifications;
    this.#beforeFirst = beforeFirst;
  }

  /** Gives one child its part as something that may be taken back; rejects when it went away. One that runs just this already is not asked:
   * half of what a small change takes is the other child's work. */
  async give(role: Role, revision: number, configured: Model): Promise<Configured> {
    await this.#begin(configured);
    const model = this.#effective(configured);
    if (role === "checkers") return this.#giveChanged(role, this.#checkers, revision, model.balancer);
    this.#notifications?.configure(model.notifications);
    return this.#giveChanged(role, this.#vrrp, revision, model.vrrp);
  }

  /** What children run is no longer known: they are given the next configuration whatever it is. */
  doubt(): void {
    this.#runs.clear();
  }

  async #giveChanged<M extends object>(role: Role, port: ChildPort<M>, revision: number, part: M): Promise<Configured> {
    if (Bun.deepEquals(this.#runs.get(role), part)) {
      port.renumber(revision, part);
      return { failures: [] };
    }
    this.#runs.delete(role);
    const configured = await port.configure(revision, part);
    if (configured.failures.length === 0) this.#runs.set(role, part);
    return configured;
  }

  /** Gives each of them its part for good and returns everything that failed, without stopping at the first; one that went away failed too. */
  async giveEach(
    roles: readonly Role[],
    revision: number,
    configured: Model,
    how: How,
  ): Promise<readonly StepFailure[]> {
    const failures: StepFailure[] = [];
    await this.#begin(configured);
    const model = this.#effective(configured);
    for (const role of roles) {
      if (role === "vrrp") this.#notifications?.configure(model.notifications);
      this.#runs.delete(role);
      const given =
        role === "checkers"
          ? put(this.#checkers, how, revision, model.balancer)
          : put(this.#vrrp, how, revision, model.vrrp);
      const failed = await given.catch((thrown) => [unreached(role, thrown)]);
      // One that was found with the revision may have been given it under other overrides.
      if (failed.length === 0 && how === "restore")
        this.#runs.set(role, role === "checkers" ? model.balancer : model.vrrp);
      failures.push(...failed.map((failure) => inPhase(role, failure)));
    }
    return failures;
  }

  async #begin(model: Model): Promise<void> {
    const beforeFirst = this.#beforeFirst;
    this.#beforeFirst = undefined;
    await beforeFirst?.(model);
    // Whatever a child says of its first configuration is told already.
    if (!this.#hasBegun) this.#notifications?.configure(model.notifications);
    this.#hasBegun = true;
  }
}

/** A failure with the phase that it happened in. */
export function inPhase(phase: ApplyPhase, failure: OperationFailure): StepFailure {
  return { ...failure, phase };
}

async function put<M>(port: ChildPort<M>, how: How, revision: number, model: M): Promise<readonly OperationFailure[]> {
  return port[how](revision, model);
}

function unreached(role: Role, thrown: unknown): OperationFailure {
  return { operation: "configure", object: role, cause: { code: "UNAVAILABLE", text: messageOf(thrown) } };
}
