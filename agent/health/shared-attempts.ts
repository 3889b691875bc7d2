// One attempt for many readers: checkers that probe the same target with the same settings, of several virtual servers, share each attempt. The first that is
// due begins it; the others join, and from then on all are due together.

import type { CheckerModel } from "../config/model.ts";
import type { CheckerRecord, SharedAttempt } from "./checker-record.ts";

/** The attempts under way, and who may share them. */
export class SharedAttempts {
  readonly #underWay = new Map<string, SharedAttempt>();
  readonly #sharers = new Map<string, Set<CheckerRecord>>();

  /** The checker waits for an attempt from now on. The attempt, when it is a new one. */
  join(record: CheckerRecord, attempt: number): SharedAttempt | undefined {
    const key = this.#keyOf(record);
    const found = this.#underWay.get(key);
    const shared = found ?? { key, abort: new AbortController(), readers: new Map() };
    shared.readers.set(record, attempt);
    record.running = shared;
    if (found !== undefined) return undefined;
    this.#underWay.set(key, shared);
    return shared;
  }

  /** The others that may share the attempts of a checker. */
  othersThan(record: CheckerRecord): readonly CheckerRecord[] {
    const sharers = this.#sharers.get(this.#keyOf(record));
    return sharers === undefined || sharers.size < 2 ? nobody : [...sharers].filter((other) => other !== record);
  }

  /** An attempt is over. Who waits for it, with their numbers. */
  end(shared: SharedAttempt): Iterable<readonly [CheckerRecord, number]> {
    if (this.#underWay.get(shared.key) === shared) this.#underWay.delete(shared.key);
    return [...shared.readers];
  }

  /** The checker waits no longer; an attempt that nobody waits for is ended. */
  leave(record: CheckerRecord): void {
    const { running } = record;
    record.running = undefined;
    if (running === undefined) return;
    running.readers.delete(record);
    if (running.readers.size > 0) return;
    running.abort.abort();
    this.end(running);
  }

  /** The checker is gone. */
  forget(record: CheckerRecord): void {
    this.leave(record);
    this.regroup(record);
  }

  /** The checker does something else from its next attempt on, or at another pace. */
  regroup(record: CheckerRecord): void {
    const { key } = record;
    record.key = undefined;
    if (key === undefined) return;
    const sharers = this.#sharers.get(key);
    sharers?.delete(record);
    if (sharers?.size === 0) this.#sharers.delete(key);
  }

  /** Worked out at a checker's first attempt: a configuration of ten thousand is taken over without it. */
  #keyOf(record: CheckerRecord): string {
    if (record.key !== undefined) return record.key;
    record.key = keyOf(record.model);
    const sharers = this.#sharers.get(record.key);
    if (sharers === undefined) this.#sharers.set(record.key, new Set([record]));
    else sharers.add(record);
    return record.key;
  }
}

const nobody: readonly CheckerRecord[] = [];

/** The same for checkers that do the same at the same pace. */
function keyOf({ probe, delay, retries, retryDelay }: CheckerModel): string {
  return Bun.hash(JSON.stringify([probe, delay, retries, retryDelay])).toString(36);
}
