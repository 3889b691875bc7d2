// Marking rules where the kernel keeps them: in nftables, and in iptables where it has no nftables. It tells so by refusing the first rules.

import { OperationError } from "../../base/errors.ts";
import type { MarkRule, PacketMarksPort } from "../packet-marks.ts";
import { IptablesMarks } from "./iptables-marks.ts";
import { NetworkNamespace } from "./network-namespace.ts";
import { NftablesMarks } from "./nftables-marks.ts";

/** The real rules. */
export class LinuxPacketMarks implements PacketMarksPort {
  readonly #tables: NftablesMarks;
  readonly #chains: IptablesMarks;
  #hasNftables: boolean | undefined;

  constructor(namespace = new NetworkNamespace()) {
    this.#tables = new NftablesMarks(namespace);
    this.#chains = new IptablesMarks(namespace);
  }

  get object(): string {
    return (this.#hasNftables === false ? this.#chains : this.#tables).object;
  }

  write(rules: readonly MarkRule[]): void {
    if (this.#hasNftables !== false) this.#try(rules);
    if (this.#mayHaveChains()) this.#chains.write(rules);
  }

  read(): readonly (MarkRule | undefined)[] | undefined {
    const found = this.#hasNftables === false ? undefined : this.#tables.read();
    return found ?? (this.#mayHaveChains() ? this.#chains.read() : undefined);
  }

  close(): void {
    this.#tables.close();
  }

  /** Until the kernel has said whether it has nftables, a predecessor may have left them. */
  #mayHaveChains(): boolean {
    return this.#hasNftables === false || (this.#hasNftables === undefined && IptablesMarks.isPossible());
  }

  #try(rules: readonly MarkRule[]): void {
    try {
      this.#tables.write(rules);
      if (rules.length > 0) this.#hasNftables = true;
    } catch (error) {
      const isMissing = error instanceof OperationError && error.failure.cause.code === "EOPNOTSUPP";
      if (!isMissing || !IptablesMarks.isPossible()) throw error;
      this.#hasNftables = false;
    }
  }
}
