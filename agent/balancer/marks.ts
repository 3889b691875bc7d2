// The rules that mark packets for virtual servers of firewall marks. Asks the kernel nothing while nothing ever was to be marked: most directors have
// no marks, and some kernels no nftables.

import type { BalancerModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import { formatMarkRule, type MarkRule, type PacketMarksPort } from "../kernel/packet-marks.ts";
import { markRules } from "./core/mark-rules.ts";

/** Where it is noted that the table may be there, for as long as the kernel may have it. */
export interface MarksNote {
  load(): boolean;
  save(isThere: boolean): void;
}

/** What the marks are handed. */
export interface MarksPorts {
  readonly port: PacketMarksPort;
  readonly note: MarksNote;
  readonly report: ReportEvent;
}

/** Keeps the rules as the configuration wants them. Functions throw an OperationError when the kernel refuses. */
export class Marks {
  readonly #ports: MarksPorts;
  #wished: readonly MarkRule[] = [];
  #isWritten = false;

  constructor(ports: MarksPorts) {
    this.#ports = ports;
  }

  /** Makes the table mark what this configuration wants; one that does so already is left alone. */
  apply(model: BalancerModel | undefined): void {
    const { port, note } = this.#ports;
    this.#wished = model === undefined ? [] : markRules(model);
    this.#isWritten = false;
    if (this.#wished.length === 0 && !note.load()) return;
    note.save(true);
    if (this.#wished.length === 0 || !this.#isAsWished()) port.write(this.#wished);
    if (this.#wished.length === 0) note.save(false);
    this.#isWritten = true;
  }

  /** Whether the kernel still has what was written. */
  isRight(): boolean {
    return this.#wished.length === 0 || this.#isAsWished();
  }

  /** Writes again what somebody else has changed, and says so; what could not be written before is no news. Whether somebody else had. */
  repair(): boolean {
    if (this.isRight()) return false;
    const { port, report } = this.#ports;
    const found = textOf(port.read());
    const { object } = port;
    const isDrift = this.#isWritten;
    if (isDrift) report({ kind: "ipvs-drift", object, found, expected: textOf(this.#wished) });
    port.write(this.#wished);
    this.#isWritten = true;
    return isDrift;
  }

  #isAsWished(): boolean {
    return textOf(this.#ports.port.read()) === textOf(this.#wished);
  }
}

function textOf(rules: readonly (MarkRule | undefined)[] | undefined): string {
  if (rules === undefined || rules.length === 0) return "nothing";
  return rules.map((rule) => (rule === undefined ? "a rule of somebody else" : formatMarkRule(rule))).join(", ");
}
