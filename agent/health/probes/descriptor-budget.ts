// How many sockets probes may have open at once. Bun reports a lack of descriptors as a refused connection, which would take healthy
// servers out of the pool; so probes do not go to the limit, and an attempt beyond it is not made.

import { readFileSync } from "node:fs";
import type { ProbeOutcome } from "../core/probe-outcome.ts";

/** What the process keeps for itself: control connection, netlink, log, event loop, and the datagram sockets that explain refusals. */
const reserve = 64;

/** The descriptors that all probes of the process share. */
export class DescriptorBudget {
  readonly exhausted: ProbeOutcome;
  #left: number;

  /** `limit` is the process's limit of open files. */
  constructor(limit: number) {
    this.#left = Math.max(1, limit - reserve);
    this.exhausted = {
      kind: "not-made",
      detail: `could not be tried: ${this.#left} probes are open at once, which is all that the limit of ${limit} open files allows; raise LimitNOFILE`,
    };
  }

  /** Takes one descriptor; false when none is left. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  giveBack(): void {
    this.#left += 1;
  }
}

/** The limit of open files of this process (the soft limit, which is the one that binds). */
export function openFileLimit(): number {
  const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  const limit = Number(line?.[1]);
  return Number.isNaN(limit) ? Number.MAX_SAFE_INTEGER : limit;
}
