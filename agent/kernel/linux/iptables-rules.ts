// Marking rules as lines of iptables-save and iptables-restore: a chain of the agent's own in the mangle table, and a jump to it first in PREROUTING and OUTPUT.
// A range of addresses becomes a line for each network in it, so that no match but the oldest is needed; a comment says which rule a line is of.

import { familyOf, hostPrefixLength } from "../../base/address.ts";
import { type AddressRange, addressNumber, addressOfNumber, parseAddressRange } from "../../base/address-range.ts";
import { protocols } from "../ipvs.ts";
import { type MarkRule, markChainName } from "../packet-marks.ts";

/** The chains that packets come through before IPVS sees them. */
const hooks = ["PREROUTING", "OUTPUT"] as const;
const jump = `-j ${markChainName}`;

/** A rule and its place among all of both families. */
export type PlacedRule = readonly [place: number, rule: MarkRule];

/** The text that has one family's table do this and nothing else; undefined: it does nothing already. `saved`: what the table has. */
export function restoreText(rules: readonly PlacedRule[], saved: string): string | undefined {
  if (rules.length === 0 && !hasChain(saved)) return undefined;
  const removed = hooks.flatMap((hook) => jumpsIn(saved, hook).map(() => `-D ${hook} ${jump}`));
  const made = [
    ...rules.flatMap(([place, rule]) => linesOfRule(place, rule)),
    ...hooks.map((hook) => `-I ${hook} 1 ${jump}`),
  ];
  const change = rules.length === 0 ? [`-X ${markChainName}`] : made;
  // A chain that is declared is emptied where it is there already (iptables-restore --noflush).
  return ["*mangle", `:${markChainName} - [0:0]`, ...removed, ...change, "COMMIT", ""].join("\n");
}

/** The rules in what iptables-save says of the table; a line that is not as this agent writes it is undefined. Undefined when the chain, or a jump to it, is not there. */
export function savedRules(saved: string): readonly (PlacedRule | undefined)[] | undefined {
  if (!hasChain(saved) || hooks.some((hook) => jumpsIn(saved, hook).length !== 1)) return undefined;
  const start = `-A ${markChainName} `;
  const lines = linesOf(saved).flatMap((line) =>
    line.startsWith(start) ? [ruleOfLine(line.slice(start.length))] : [],
  );
  const rules: (PlacedRule | undefined)[] = [];
  for (const line of lines) {
    const joined = line && joinedWith(rules.at(-1), line);
    if (joined === undefined) rules.push(line);
    else rules[rules.length - 1] = joined;
  }
  return rules;
}

function hasChain(saved: string): boolean {
  return linesOf(saved).some((line) => line.startsWith(`:${markChainName} `));
}

function jumpsIn(saved: string, hook: string): readonly string[] {
  return linesOf(saved).filter((line) => line === `-A ${hook} ${jump}`);
}

function linesOf(saved: string): readonly string[] {
  return saved.split("\n");
}

function linesOfRule(place: number, { mark, protocol, addresses, ports }: MarkRule): readonly string[] {
  const which =
    ports === undefined
      ? ""
      : ` -m ${protocol} --dport ${ports.from === ports.to ? ports.from : `${ports.from}:${ports.to}`}`;
  const what = `-m comment --comment ${commentOf(place)} -j MARK --set-xmark 0x${mark.toString(16)}/0xffffffff`;
  return networksIn(addresses).map((network) => `-A ${markChainName} -d ${network} -p ${protocol}${which} ${what}`);
}

function commentOf(place: number): string {
  return `vipward-${place}`;
}

/** The form that the kernel's rules have in iptables-save of iptables 1.4 and later. */
const lineForm =
  /^-d (\S+) -p (\S+)(?: -m (\S+) --dport (\d+)(?::(\d+))?)? -m comment --comment "?vipward-(\d+)"? -j MARK --set-xmark 0x([0-9a-f]+)\/0xffffffff$/;

function ruleOfLine(line: string): PlacedRule | undefined {
  const [, network = "", named, matched, from, to = from, place, mark = ""] = lineForm.exec(line) ?? [];
  const addresses = parseAddressRange(network);
  const protocol = protocols.find((one) => one === named);
  if (addresses === undefined || protocol === undefined || (matched ?? protocol) !== protocol) return undefined;
  const rule = { mark: Number.parseInt(mark, 16), family: familyOf(addresses.first), protocol, addresses };
  return [Number(place), from === undefined ? rule : { ...rule, ports: { from: Number(from), to: Number(to) } }];
}

/** Two lines of one rule as one; undefined when they are not. */
function joinedWith(before: PlacedRule | undefined, [place, rule]: PlacedRule): PlacedRule | undefined {
  if (before === undefined || before[0] !== place) return undefined;
  const { first, last } = before[1].addresses;
  if (addressNumber(last) + 1n !== addressNumber(rule.addresses.first)) return undefined;
  const joined = { ...rule, addresses: { first, last: rule.addresses.last } };
  return Bun.deepEquals({ ...before[1], addresses: joined.addresses }, joined) ? [place, joined] : undefined;
}

/** A range as the fewest networks, in order. */
function networksIn({ first, last }: AddressRange): readonly string[] {
  const family = familyOf(first);
  const bits = hostPrefixLength(family);
  const end = addressNumber(last);
  const networks: string[] = [];
  for (let next = addressNumber(first); next <= end; ) {
    let size = 0;
    while (size < bits && (next & ((2n << BigInt(size)) - 1n)) === 0n && next + (2n << BigInt(size)) - 1n <= end)
      size += 1;
    networks.push(`${addressOfNumber(next, bits / 8)}/${bits - size}`);
    next += 1n << BigInt(size);
  }
  return networks;
}
