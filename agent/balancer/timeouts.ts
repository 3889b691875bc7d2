// The kernel's timeouts of connections, where they are configured. What was there before is written down before it is changed, and comes
// back when they are configured no longer, and at a stop; keepalived does the same.

import type { IpvsSettingsModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import { formatTimeouts, type IpvsTimeouts, type IpvsTimeoutsPort, sameTimeouts } from "../kernel/ipvs-timeouts.ts";

/** Where the timeouts are noted that were there before ours, for as long as the kernel keeps them. */
export interface FormerTimeouts {
  load(): IpvsTimeouts | undefined;
  /** Undefined: there is nothing to give back. */
  save(timeouts: IpvsTimeouts | undefined): void;
}

type Wished = IpvsSettingsModel["timeouts"];

/** What the timeouts are handed. */
export interface TimeoutsPorts {
  readonly port: IpvsTimeoutsPort;
  readonly former: FormerTimeouts;
  readonly report: ReportEvent;
}

/** Keeps the timeouts as they are wished for. Asks the kernel nothing while none ever were. Functions throw an OperationError when it cannot be asked. */
export class Timeouts {
  readonly #ports: TimeoutsPorts;
  #wished: Wished;

  constructor(ports: TimeoutsPorts) {
    this.#ports = ports;
  }

  /** Sets what is wished for; what is not comes back as it was. */
  apply(wished: Wished): void {
    const { port, former: note } = this.#ports;
    this.#wished = wished;
    const former = note.load();
    if (wished === undefined && former === undefined) return;
    const found = port.read();
    if (former === undefined) note.save(found);
    const desired = { ...(former ?? found), ...wished };
    if (!sameTimeouts(desired, found)) port.write(desired);
    if (wished === undefined) note.save(undefined);
  }

  /** Whether the kernel still has what was set. */
  isRight(): boolean {
    return this.#wished === undefined || this.#change() === undefined;
  }

  /** Sets again what somebody else has changed, and says so; what could not be set before is set now. Whether somebody else had. */
  repair(): boolean {
    if (this.#wished === undefined) return false;
    const change = this.#change();
    if (change === undefined) {
      this.apply(this.#wished);
      return false;
    }
    const { port, report } = this.#ports;
    const words = { found: formatTimeouts(change.found), expected: formatTimeouts(change.desired) };
    report({ kind: "ipvs-drift", object: "timeouts", ...words });
    port.write(change.desired);
    return true;
  }

  /** What the kernel has and should have instead; undefined while it has what was set, or nothing was. */
  #change(): { readonly found: IpvsTimeouts; readonly desired: IpvsTimeouts } | undefined {
    const former = this.#ports.former.load();
    if (former === undefined) return undefined;
    const found = this.#ports.port.read();
    const desired = { ...former, ...this.#wished };
    return sameTimeouts(desired, found) ? undefined : { found, desired };
  }
}
