// The port to the agent's own packet filter: one nftables table that nobody else has to know. It is always written as a whole.

import type { IpAddress } from "../base/address.ts";

/** What the table does. */
export interface Firewall {
  /** Packets to these addresses that IPVS does not take are dropped, and so is what this host would send from them. Neighbour discovery passes. */
  readonly unaccepted: readonly IpAddress[];
  /**
   * From the links of these names, which may not be there yet, no reports of group membership (IGMP, MLD) and no router solicitations leave: from a backup they would
   * tell the switches that the virtual MAC is where the backup is.
   */
  readonly quietLinks: readonly string[];
}

/** Whether the table has nothing to do. */
export function isIdle({ unaccepted, quietLinks }: Firewall): boolean {
  return unaccepted.length + quietLinks.length === 0;
}

/** The packet filter of one network namespace. Functions throw an OperationError when the kernel refuses. */
export interface FirewallPort {
  /** Makes the table do this and nothing else, in one step; an empty firewall has no table. */
  write(firewall: Firewall): void;
  /** What the table does; undefined when it is not there, or not as this agent writes it. */
  read(): Firewall | undefined;
  close(): void;
}

/** The table's name (`nft list table inet vipward`). */
export const tableName = "vipward";
