// The agent's packet filter in memory.

import { OperationError } from "../../base/errors.ts";
import { type Firewall, type FirewallPort, isIdle } from "../firewall.ts";

/** A table that remembers what it was told. */
export class MemoryFirewall implements FirewallPort {
  table: Firewall | undefined;
  /** The errno with which writing is refused; undefined lets it pass. */
  refuse: () => string | undefined = () => undefined;

  write(firewall: Firewall): void {
    const code = this.refuse();
    if (code !== undefined) throw new OperationError({ operation: "write", object: "table", cause: { code } });
    this.table = isIdle(firewall) ? undefined : firewall;
  }

  read(): Firewall | undefined {
    return this.table;
  }

  close(): void {}
}
