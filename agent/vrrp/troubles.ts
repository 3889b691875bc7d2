// What could not be done: said in the log, but not again and again, and gathered for whoever has sent the configuration.

import { describeFailure, OperationError, type OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { causeOf } from "./cause.ts";
import { isNew, type RunningInstance } from "./instances/running-instance.ts";

/** The troubles of one driver. */
export class Troubles {
  readonly #log: Log;
  readonly #said = new Set<string>();
  #failures: OperationFailure[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Says everything anew: what is refused under a new configuration is news. */
  startAnew(): void {
    this.#said.clear();
    this.#failures = [];
  }

  /** The failures since the start or the last call. */
  take(): readonly OperationFailure[] {
    return this.#failures.splice(0);
  }

  /** An operation of ours was refused. Said once for each configuration: what is refused now will be refused again with every renewal. */
  refused(operation: string, object: string, thrown: unknown): void {
    const failure =
      thrown instanceof OperationError ? thrown.failure : { operation, object, cause: { code: causeOf(thrown) } };
    const sentence = describeFailure(failure);
    if (this.#said.has(sentence) || this.#said.size >= mostSaid) return;
    this.#said.add(sentence);
    this.#failures.push(failure);
    this.#log.warn("operation-failed", { failure: sentence });
  }

  /** Something of the instance could not be sent: counted each time, said once in a state. */
  notSent(instance: RunningInstance, name: string, cause: string): void {
    const { failed } = instance.counters;
    failed[name] = (failed[name] ?? 0) + 1;
    if (!isNew(instance, `${name} ${cause}`)) return;
    this.#log.warn(name, { instance: instance.config.name, interface: instance.config.interface, cause });
  }

  /** A socket still works, but not as well as it should. */
  onSocket(linkName: string, cause: string): void {
    this.#log.warn("vrrp-socket-trouble", { interface: linkName, cause });
  }
}

const mostSaid = 1000;
