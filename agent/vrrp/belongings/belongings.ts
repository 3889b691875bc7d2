// What instances have in the kernel besides addresses. It is a desired state, made of the configuration and of who is master, and held
// against what is observed: put before the addresses need it, put back when somebody removes it, and gone when it is not desired any more,
// also when the process that has put it is dead.

import type { VrrpInstanceModel } from "../../config/model.ts";
import type { SysctlsPort } from "../../kernel/sysctls.ts";
import { type LedgerMemory, SysctlLedger } from "./sysctl-ledger.ts";
import { wishedSysctls } from "./wished-sysctls.ts";

/** The kernel behind it. */
export interface BelongingsPorts {
  readonly sysctls: SysctlsPort;
  readonly ledger: LedgerMemory;
}

/** What it tells its driver. */
export interface BelongingsListener {
  onRefused(operation: string, object: string, thrown: unknown): void;
}

/** The belongings of all instances of one driver. */
export class Belongings {
  readonly #sysctls: SysctlLedger;

  constructor({ sysctls, ledger }: BelongingsPorts, listener: BelongingsListener) {
    this.#sysctls = new SysctlLedger(sysctls, ledger, (...refused) => listener.onRefused(...refused));
  }

  /** Makes ready what instances stand on, before any of them takes a step under a new configuration. */
  prepare(instances: readonly VrrpInstanceModel[]): void {
    this.#sysctls.wish(wishedSysctls(instances));
  }

  /** Interfaces have come or changed. */
  check(): void {
    this.#sysctls.check();
  }

  /** Puts back everything that instances stood on, after all of them have ended. */
  end(): void {
    this.#sysctls.restoreAll();
  }
}
