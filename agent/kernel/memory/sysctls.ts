// The network settings of one director in memory. Settings of an interface are there while a test says so.

import { OperationError } from "../../base/errors.ts";
import type { SysctlsPort } from "../sysctls.ts";

/** Settings with the values that a test gives them. */
export class MemorySysctls implements SysctlsPort {
  readonly values: Map<string, string>;
  /** The errno with which a write is refused; undefined lets it pass. */
  refuse: (path: string) => string | undefined = () => undefined;

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.values = new Map(Object.entries(values));
  }

  read(path: string): string | undefined {
    return this.values.get(path);
  }

  write(path: string, value: string): void {
    const code = this.refuse(path) ?? (this.values.has(path) ? undefined : "ENOENT");
    if (code !== undefined)
      throw new OperationError({ operation: `set to ${value}`, object: `/proc/sys/net/${path}`, cause: { code } });
    this.values.set(path, value);
  }
}
