// The port to the rules that mark packets for virtual servers of firewall marks: one nftables table of the agent's own, or a chain of iptables where the kernel
// has only that, written as a whole.

import type { Family } from "../base/address.ts";
import { type AddressRange, formatAddressRange } from "../base/address-range.ts";
import { OperationError } from "../base/errors.ts";
import type { Protocol } from "./ipvs.ts";

/** Which packets get a mark: those of a protocol to these addresses, and to these ports unless to any. */
export interface MarkRule {
  readonly mark: number;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly addresses: AddressRange;
  readonly ports?: { readonly from: number; readonly to: number };
}

/** The marking rules of one network namespace. Functions throw an OperationError when the kernel refuses; one without nftables has no rules, and refuses to
 * have any. */
export interface PacketMarksPort {
  /** Where the rules stand, in words. */
  readonly object: string;
  /** Makes the table do this and nothing else, in one step that no packet sees half done; without rules there is no table. */
  write(rules: readonly MarkRule[]): void;
  /** What the table does, in order; a rule that is not as this agent writes it is undefined. Undefined when the table is not there, or has other chains. */
  read(): readonly (MarkRule | undefined)[] | undefined;
  close(): void;
}

/** The table's name (`nft list table inet vipward_marks`). */
export const markTableName = "vipward_marks";

/** The table in words. */
export const markTable = `table inet ${markTableName}`;

/** The chain's name in iptables (`iptables-legacy -t mangle -S VIPWARD_MARKS`). */
export const markChainName = "VIPWARD_MARKS";

/** "tcp 10.9.0.100 ports 10000-10100 mark 21". */
export function formatMarkRule({ mark, protocol, addresses, ports }: MarkRule): string {
  const which =
    ports === undefined ? "" : ` ports ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`}`;
  return `${protocol} ${formatAddressRange(addresses)}${which} mark ${mark}`;
}

/** The error for a kernel without nftables. */
export function nftablesMissing(): OperationError {
  const text =
    "this kernel has no nftables (CONFIG_NF_TABLES), and there is no iptables-legacy-restore: install iptables, or use another kernel";
  return new OperationError({ operation: "write", object: markTable, cause: { code: "EOPNOTSUPP", text } });
}
