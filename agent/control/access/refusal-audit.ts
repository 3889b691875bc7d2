// Refusals in the audit log: the first of a caller, call and code at once; those that follow within a minute are counted and written as one line. A
// stranger who calls in vain would otherwise push out of the log what others have done.

import type { AuditLog, AuditRecord } from "./audit.ts";

/** How long refusals of one kind are counted before they are written. */
export const countedMs = 60_000;

/** Kinds that are counted at once; when there are more, all are written. */
const mostKinds = 1000;

interface Counted {
  readonly since: number;
  last: AuditRecord;
  times: number;
}

/** The refusals of one server. */
export class RefusalAudit {
  readonly #audit: Pick<AuditLog, "append">;
  readonly #counted = new Map<string, Counted>();

  constructor(audit: Pick<AuditLog, "append">) {
    this.#audit = audit;
  }

  append(record: AuditRecord): void {
    this.flush(record.at - countedMs);
    const kind = JSON.stringify([record.caller, record.call, record.code]);
    const counted = this.#counted.get(kind);
    if (counted !== undefined) {
      counted.last = record;
      counted.times += 1;
      return;
    }
    if (this.#counted.size >= mostKinds) this.flush();
    this.#counted.set(kind, { since: record.at, last: record, times: 0 });
    this.#audit.append(record);
  }

  /** Writes those that were counted since this moment or before; all unless given. */
  flush(since = Number.POSITIVE_INFINITY): void {
    for (const [kind, { since: begun, last, times }] of this.#counted) {
      if (begun > since) return;
      this.#counted.delete(kind);
      if (times > 0) this.#audit.append({ ...last, times });
    }
  }
}
