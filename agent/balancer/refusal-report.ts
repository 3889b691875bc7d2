import { describeFailure, type OperationFailure } from "../base/errors.ts";
import type { ReportEvent } from "../events/event.ts";

/** Reports refusals of the kernel. One that repeats with every retry is said once, until the table has been right. */
export class RefusalReport {
  readonly #report: ReportEvent;
  readonly #said = new Set<string>();

  constructor(report: ReportEvent) {
    this.#report = report;
  }

  refused(failures: readonly OperationFailure[]): void {
    for (const failure of failures) {
      const text = describeFailure(failure);
      if (this.#said.has(text)) continue;
      this.#said.add(text);
      const { operation, object, cause } = failure;
      this.#report({ kind: "ipvs-refused", operation, object, ...cause });
    }
  }

  /** The table is right: the next refusal is news again. */
  right(): void {
    this.#said.clear();
  }
}
