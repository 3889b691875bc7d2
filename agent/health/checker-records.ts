// The checkers that run, by their identity.

import type { VirtualServerModel } from "../config/model.ts";
import { type CheckerRecord, placedCheckers } from "./checker-record.ts";

/** The records of all running checkers. */
export class CheckerRecords {
  readonly #byId = new Map<string, CheckerRecord>();
  /** Those that look at BFD sessions. */
  readonly #atSessions = new Set<string>();

  readonly has = (id: string): boolean => this.#byId.has(id);

  get(id: string): CheckerRecord | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<CheckerRecord> {
    return this.#byId.values();
  }

  /** Those of these virtual servers, in their order. */
  *within(servers: Iterable<VirtualServerModel>): Generator<CheckerRecord> {
    for (const { model } of placedCheckers(servers)) {
      const record = this.#byId.get(model.id);
      if (record?.model === model) yield record;
    }
  }

  /** Those that look at this BFD session and are not paused. */
  atSession(session: string): CheckerRecord[] {
    return [...this.#atSessions].flatMap((id) => {
      const record = this.#byId.get(id);
      const { probe, paused } = record?.model ?? {};
      return record !== undefined && probe?.kind === "bfd" && probe.session === session && paused !== true
        ? [record]
        : [];
    });
  }

  get lookAtSessions(): boolean {
    return this.#atSessions.size > 0;
  }

  put(record: CheckerRecord): void {
    const { id, probe } = record.model;
    this.#byId.set(id, record);
    if (probe.kind === "bfd") this.#atSessions.add(id);
  }

  /** Takes out those of virtual servers that are no longer, or are otherwise now. */
  takeAway(servers: Iterable<VirtualServerModel>): Map<string, CheckerRecord> {
    const taken = new Map<string, CheckerRecord>();
    for (const { model, virtualServer } of placedCheckers(servers)) {
      const record = this.#byId.get(model.id);
      if (record?.virtualServer !== virtualServer) continue;
      taken.set(model.id, record);
      this.#byId.delete(model.id);
      this.#atSessions.delete(model.id);
    }
    return taken;
  }
}
