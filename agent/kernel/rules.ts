// The port to the kernel's routing policy rules: those that carry our mark, and no others. One process writes them.

import { type Family, formatInterfaceAddress, type InterfaceAddress } from "../base/address.ts";

/** What a rule does with a packet that it matches (FR_ACT_* of linux/fib_rules.h). */
export type RuleAction = "lookup" | "goto" | "nop" | "blackhole" | "unreachable" | "prohibit";

/** A range of numbers, both ends included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** A rule. What tells rules apart is all of it. */
export interface Rule {
  readonly family: Family;
  /** Rules are asked from the lowest on. */
  readonly priority: number;
  readonly action: RuleAction;
  /** The table of `lookup`; 0 with l3mdev. */
  readonly table: number;
  /** The priority of the rule that `goto` goes on with. */
  readonly target?: number;
  readonly not?: boolean;
  readonly from?: InterfaceAddress;
  readonly to?: InterfaceAddress;
  readonly tos: number;
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly incoming?: string;
  readonly outgoing?: string;
  /** The table is that of the packet's VRF. */
  readonly l3mdev?: boolean;
  readonly users?: NumberRange;
  readonly protocol?: number;
  readonly sourcePorts?: NumberRange;
  readonly destinationPorts?: NumberRange;
  /** IPv4: the realm of the packets that it leads on, that of the source in the upper half (FRA_FLOW). */
  readonly realm?: number;
  /** Packets that came out of the tunnel of this id. */
  readonly tunnelId?: number;
  /** Routes with a prefix of this length or shorter do not count. */
  readonly suppressPrefixLength?: number;
  /** Routes over interfaces of this group do not count. */
  readonly suppressGroup?: number;
}

/** The rules of one network namespace. Functions throw an OperationError when the kernel refuses. */
export interface RulesPort {
  /** The rules that carry our mark. */
  ours(): readonly Rule[];
  /** Adds a rule with our mark; one that is there already is no error. */
  put(rule: Rule): void;
  /** Removes a rule; one that is not there is already removed, and no error. */
  remove(rule: Rule): void;
  /** Calls when one of ours has gone, or when nobody knows. */
  watch(onLoss: () => void): { close(): void };
  close(): void;
}

/** Whether two rules are the same. */
export function isSameRule(a: Rule, b: Rule): boolean {
  return formatRule(a) === formatRule(b) && a.family === b.family;
}

/** The rule as `ip rule` writes it. */
export function formatRule(rule: Rule): string {
  const { mark, users, sourcePorts, destinationPorts, suppressPrefixLength, suppressGroup } = rule;
  return [
    `${rule.priority}:`,
    ...(rule.not === true ? ["not"] : []),
    `from ${prefixText(rule.from)}`,
    ...(rule.to === undefined ? [] : [`to ${prefixText(rule.to)}`]),
    ...(rule.tos === 0 ? [] : [`tos ${rule.tos}`]),
    ...(mark === undefined ? [] : [`fwmark ${hex(mark.value)}${mark.mask === allBits ? "" : `/${hex(mark.mask)}`}`]),
    ...(rule.incoming === undefined ? [] : [`iif ${rule.incoming}`]),
    ...(rule.outgoing === undefined ? [] : [`oif ${rule.outgoing}`]),
    ...(users === undefined ? [] : [`uidrange ${rangeText(users)}`]),
    ...(rule.protocol === undefined ? [] : [`ipproto ${rule.protocol}`]),
    ...(sourcePorts === undefined ? [] : [`sport ${rangeText(sourcePorts)}`]),
    ...(destinationPorts === undefined ? [] : [`dport ${rangeText(destinationPorts)}`]),
    ...(rule.tunnelId === undefined ? [] : [`tun_id ${rule.tunnelId}`]),
    actionText(rule),
    ...(rule.realm === undefined ? [] : [`realms ${realmText(rule.realm)}`]),
    ...(suppressPrefixLength === undefined ? [] : [`suppress_prefixlength ${suppressPrefixLength}`]),
    ...(suppressGroup === undefined ? [] : [`suppress_ifgroup ${suppressGroup}`]),
  ].join(" ");
}

/** The mask that compares the whole mark. */
export const allBits = 0xffffffff;

function actionText({ action, table, target, l3mdev }: Rule): string {
  if (action === "lookup") return l3mdev === true ? "lookup [l3mdev-table]" : `lookup ${table}`;
  return action === "goto" ? `goto ${target}` : action;
}

function prefixText(prefix: InterfaceAddress | undefined): string {
  return prefix === undefined || prefix.prefixLength === 0 ? "all" : formatInterfaceAddress(prefix);
}

/** As `ip` writes it: that of the source, if there is one, before that of the destination. */
function realmText(realm: number): string {
  const source = realm >>> 16;
  return `${source === 0 ? "" : `${source}/`}${realm & 0xffff}`;
}

function rangeText({ from, to }: NumberRange): string {
  return `${from}-${to}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
