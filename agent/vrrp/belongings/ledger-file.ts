// What this agent has changed in the kernel, in a file of the runtime directory, replaced as a whole. It belongs to one boot, as the changes do.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { LedgerMemory } from "./sysctl-ledger.ts";

/** The file of one agent. */
export class LedgerFile implements LedgerMemory {
  readonly #path: string;
  readonly #log: Log;
  readonly #boot: string;

  /** `boot` identifies the boot; the kernel's own unless a test says otherwise. */
  constructor(runtimeDirectory: string, name: string, log: Log, boot = bootId()) {
    this.#path = join(runtimeDirectory, name);
    this.#log = log;
    this.#boot = boot;
  }

  load(): ReadonlyMap<string, string> {
    try {
      return new Map(Object.entries(this.#decode(readFileSync(this.#path, "utf8"))));
    } catch (thrown) {
      if (codeOf(thrown) !== "ENOENT") this.#complain(thrown);
      return new Map();
    }
  }

  save(before: ReadonlyMap<string, string>): void {
    try {
      if (before.size === 0) return rmSync(this.#path, { force: true });
      const temporary = `${this.#path}.new`;
      writeFileSync(temporary, `${JSON.stringify({ boot: this.#boot, before: Object.fromEntries(before) })}\n`, {
        mode: 0o600,
      });
      renameSync(temporary, this.#path);
    } catch (thrown) {
      this.#complain(thrown);
    }
  }

  #decode(text: string): Readonly<Record<string, string>> {
    const value = JSON.parse(text) as { readonly boot?: unknown; readonly before?: unknown } | null;
    if (value === null || typeof value !== "object" || typeof value.before !== "object" || value.before === null)
      throw new Error("it is no ledger");
    if (value.boot !== this.#boot) return {};
    return Object.fromEntries(Object.entries(value.before).filter(([, before]) => typeof before === "string"));
  }

  #complain(thrown: unknown): void {
    this.#log.warn("ledger-failed", { file: this.#path, cause: messageOf(thrown) });
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
