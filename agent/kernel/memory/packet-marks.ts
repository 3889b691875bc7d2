import { type MarkRule, markTable, nftablesMissing, type PacketMarksPort } from "../packet-marks.ts";

/** Marking rules in memory. */
export class MemoryPacketMarks implements PacketMarksPort {
  readonly object = markTable;
  hasNftables = true;
  reads = 0;
  writes = 0;
  #rules: readonly MarkRule[] | undefined;

  write(rules: readonly MarkRule[]): void {
    if (!this.hasNftables && rules.length > 0) throw nftablesMissing();
    this.writes += 1;
    this.#rules = rules.length === 0 ? undefined : [...rules];
  }

  read(): readonly MarkRule[] | undefined {
    this.reads += 1;
    return this.#rules;
  }

  close(): void {}
}
