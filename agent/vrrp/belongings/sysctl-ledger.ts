// The kernel's network settings that instances need, and what they were before. Each value is recorded before it is changed, so that
// whoever comes after a crash can put it back; a setting that was as wished is not recorded, and not touched at the end.

import type { SysctlsPort } from "../../kernel/sysctls.ts";

/** Where the ledger outlives the process. */
export interface LedgerMemory {
  /** The values before, by setting. */
  load(): ReadonlyMap<string, string>;
  save(before: ReadonlyMap<string, string>): void;
}

/** The settings that this agent has changed. */
export class SysctlLedger {
  readonly #port: SysctlsPort;
  readonly #memory: LedgerMemory;
  readonly #onRefused: (operation: string, object: string, thrown: unknown) => void;
  #before: Map<string, string> | undefined;
  #wished: ReadonlyMap<string, string> = new Map();

  constructor(
    port: SysctlsPort,
    memory: LedgerMemory,
    onRefused: (operation: string, object: string, thrown: unknown) => void,
  ) {
    this.#port = port;
    this.#memory = memory;
    this.#onRefused = onRefused;
  }

  /** Sets all of these, and puts back what else was changed, by this process or the one before. */
  wish(wished: ReadonlyMap<string, string>): void {
    this.#wished = wished;
    this.check();
    this.#restore((path) => !wished.has(path));
  }

  /** Sets anew what is not as wished: interfaces come and go, and their settings with them. */
  check(): void {
    for (const [path, value] of this.#wished) this.#guard("set", path, () => this.#set(path, value));
  }

  /** Puts everything back. */
  restoreAll(): void {
    this.#wished = new Map();
    this.#restore(() => true);
  }

  /** The value of a setting without our doing. */
  before(path: string): string | undefined {
    try {
      return this.#ledger().get(path) ?? this.#port.read(path);
    } catch {
      return undefined;
    }
  }

  /** What was changed, with the values before and now. */
  changes(): readonly { readonly path: string; readonly before: string; readonly value: string }[] {
    return [...this.#ledger()].map(([path, before]) => ({ path, before, value: this.#wished.get(path) ?? before }));
  }

  #set(path: string, value: string): void {
    const found = this.#port.read(path);
    if (found === undefined || found === value) return;
    const ledger = this.#ledger();
    if (!ledger.has(path)) {
      ledger.set(path, found);
      this.#memory.save(ledger);
    }
    this.#port.write(path, value);
  }

  #restore(isGoing: (path: string) => boolean): void {
    const ledger = this.#ledger();
    const going = [...ledger].filter(([path]) => isGoing(path));
    for (const [path, before] of going)
      this.#guard("restore", path, () => {
        if (this.#port.read(path) !== undefined) this.#port.write(path, before);
        ledger.delete(path);
      });
    if (going.length > 0) this.#memory.save(ledger);
  }

  #ledger(): Map<string, string> {
    this.#before ??= new Map(this.#memory.load());
    return this.#before;
  }

  #guard(operation: string, path: string, action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.#onRefused(operation, path, thrown);
    }
  }
}
