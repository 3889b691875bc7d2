// The transition table of a VRRP instance: the rows of all states. The diagram in the README is checked against it.

import type { VrrpState } from "../../events/event.ts";
import { backupRows } from "./backup-rows.ts";
import { faultRows } from "./fault-rows.ts";
import { initializeRows } from "./initialize-rows.ts";
import { masterRows } from "./master-rows.ts";

/** A row of the table as it is read: what occurs in a state, where the rule is written, what is done, and what comes out. */
export interface TableRow {
  readonly state: VrrpState;
  readonly occurrence: string;
  readonly section: string;
  readonly does: string;
  readonly next: readonly VrrpState[];
}

/** All rows, state by state. */
export const transitionTable: readonly TableRow[] = [
  ...rowsOf("initialize", initializeRows),
  ...rowsOf("backup", backupRows),
  ...rowsOf("master", masterRows),
  ...rowsOf("fault", faultRows),
];

/** The name of a row, as a step tells it. */
export function rowName({ state, occurrence }: TableRow): string {
  return `${state}: ${occurrence}`;
}

/** Where the row of this name is written, and what it does. */
export function rowNamed(name: string): Pick<TableRow, "section" | "does"> {
  const row = byName.get(name);
  return { section: row?.section ?? "", does: row?.does ?? "" };
}

const byName: ReadonlyMap<string, TableRow> = new Map(transitionTable.map((row) => [rowName(row), row]));

function rowsOf(
  state: VrrpState,
  rows: Readonly<Record<string, Omit<TableRow, "state" | "occurrence">>>,
): readonly TableRow[] {
  return Object.entries(rows).map(([occurrence, { section, does, next }]) => ({
    state,
    occurrence,
    section,
    does,
    next,
  }));
}
