import type { OperationError } from "../../base/errors.ts";
import type { MarkRule, PacketMarksPort } from "../packet-marks.ts";

/** Marking rules in memory. */
export class MemoryPacketMarks implements PacketMarksPort {
  /** While set, the kernel refuses. */
  unavailable: OperationError | undefined;
  writes = 0;
  #rules: readonly MarkRule[] | undefined;

  write(rules: readonly MarkRule[]): void {
    if (this.unavailable !== undefined) throw this.unavailable;
    this.writes += 1;
    this.#rules = rules.length === 0 ? undefined : [...rules];
  }

  read(): readonly MarkRule[] | undefined {
    if (this.unavailable !== undefined) throw this.unavailable;
    return this.#rules;
  }

  close(): void {}
}
