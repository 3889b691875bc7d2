// Marking rules in an nftables table of the agent's own. Packets from others are marked at PREROUTING, those of this host at OUTPUT: IPVS sees both
// afterwards (LOCAL_IN and LOCAL_OUT). Unlike the table of vrrp this one belongs to no socket: marks must not go when the process does.

import { addressBytes, addressFromBytes } from "../../base/address.ts";
import { codeOf } from "../../base/errors.ts";
import { protocols } from "../ipvs.ts";
import { type MarkRule, markTable, markTableName, nftablesMissing, type PacketMarksPort } from "../packet-marks.ts";
import { asking, failureOf } from "./asking.ts";
import { NetlinkConnection, type Outcome } from "./netlink/connection.ts";
import {
  type Expression,
  inBatch,
  isBetween,
  loadBytes,
  metaIs,
  type NftMessage,
  newChain,
  newRule,
  newTable,
  removeTable,
  rulesQuestion,
} from "./netlink/nftables.ts";
import { type ReadRule, readRule, setMark } from "./netlink/nftables-rules.ts";
import { NetworkNamespace } from "./network-namespace.ts";

const netfilter = 12; // NETLINK_NETFILTER

/** Hooks NF_INET_PRE_ROUTING and NF_INET_LOCAL_OUT, at the priority of iptables' mangle table (NF_IP_PRI_MANGLE). */
const chains = [
  { chain: "prerouting", hook: 0, priority: -150 },
  { chain: "output", hook: 3, priority: -150 },
] as const;

/** NFPROTO_*, and where the destination address stands in the header. */
const families = { ipv4: { number: 2, offset: 16, length: 4 }, ipv6: { number: 10, offset: 24, length: 16 } } as const;
/** IPPROTO_*. */
const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 } as const;

/** EOPNOTSUPP: netlink of netfilter without nf_tables behind it (nfnetlink_rcv_batch). */
const notSupported = 95;

/** The rules of nftables. */
export class NftablesMarks implements PacketMarksPort {
  readonly object = markTable;
  readonly #namespace: NetworkNamespace;
  #connection: NetlinkConnection | undefined;

  constructor(namespace = new NetworkNamespace()) {
    this.#namespace = namespace;
  }

  write(rules: readonly MarkRule[]): void {
    if (rules.length === 0 && this.#dump() === undefined) return;
    const outcome = this.#ask("write", (connection) => connection.transaction(inBatch(messagesOf(rules))));
    if (outcome === undefined) throw nftablesMissing();
    if (outcome.kind === "refused" && outcome.answer.errno === notSupported) throw nftablesMissing();
    if (outcome.kind !== "done") throw failureOf("write", markTable, outcome);
  }

  read(): readonly (MarkRule | undefined)[] | undefined {
    const found = this.#dump();
    if (found === undefined) return undefined;
    const [first = [], second = []] = chains.map(({ chain }) => found.filter((rule) => rule.chain === chain));
    const isTwice = first.length === second.length && first.every((rule, place) => sameSteps(rule, second[place]));
    return isTwice && first.length + second.length === found.length ? first.map(markRuleOf) : undefined;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** The rules of all chains; undefined when there are none. */
  #dump(): readonly ReadRule[] | undefined {
    const { type, body } = rulesQuestion(markTableName);
    const outcome = this.#ask("read", (connection) => connection.dump(type, body));
    if (outcome?.kind !== "done" || outcome.messages.length === 0) return undefined;
    return outcome.messages.flatMap((message) => readRule(message.type, message.payload) ?? []);
  }

  /** Undefined when the kernel has no netlink of netfilter at all. */
  #ask(operation: string, ask: (connection: NetlinkConnection) => Outcome): Outcome | undefined {
    return asking(operation, markTable, () => {
      const connection = this.#opened();
      return connection && ask(connection);
    });
  }

  #opened(): NetlinkConnection | undefined {
    try {
      this.#connection ??= this.#namespace.open(() => new NetlinkConnection(netfilter));
      return this.#connection;
    } catch (error) {
      if (codeOf(error) === "EPROTONOSUPPORT") return undefined;
      throw error;
    }
  }
}

function messagesOf(rules: readonly MarkRule[]): readonly NftMessage[] {
  const [made, removed] = [newTable(markTableName, false), removeTable(markTableName)];
  if (rules.length === 0) return [made, removed];
  return [
    ...[made, removed, made],
    ...chains.map(({ chain, hook, priority }) => newChain(markTableName, chain, hook, priority)),
    ...chains.flatMap(({ chain }) => rules.map((rule) => newRule(markTableName, chain, expressionsOf(rule)))),
  ];
}

function expressionsOf({ mark, family, protocol, addresses, ports }: MarkRule): readonly Expression[] {
  const { number, offset, length } = families[family];
  return [
    ...metaIs(15, number),
    loadBytes(1, offset, length),
    ...isBetween(addressBytes(addresses.first), addressBytes(addresses.last)),
    ...metaIs(16, protocolNumbers[protocol]),
    ...(ports === undefined ? [] : [loadBytes(2, 2, 2), ...isBetween(portBytes(ports.from), portBytes(ports.to))]),
    ...setMark(mark),
  ];
}

function portBytes(port: number): Uint8Array {
  return new Uint8Array([port >> 8, port & 0xff]);
}

function sameSteps(a: ReadRule, b: ReadRule | undefined): boolean {
  return b !== undefined && Bun.deepEquals(a.steps, b.steps);
}

/** The rule back from its steps; undefined when they are not those that `expressionsOf` makes. */
function markRuleOf({ steps }: ReadRule): MarkRule | undefined {
  for (const family of ["ipv4", "ipv6"] as const)
    for (const hasPorts of [true, false]) {
      const rule = ruleIn(steps, family, hasPorts);
      if (rule !== undefined) return rule;
    }
  return undefined;
}

function ruleIn(steps: ReadRule["steps"], family: MarkRule["family"], hasPorts: boolean): MarkRule | undefined {
  const { number, offset, length } = families[family];
  const ports = hasPorts ? ["payload 2 2 2", "cmp 5", "cmp 3"] : [];
  const shape = ["meta 15", "cmp 0", `payload 1 ${offset} ${length}`, "cmp 5", "cmp 3", "meta 16", "cmp 0", ...ports];
  if (
    !Bun.deepEquals(
      steps.map(({ words }) => words),
      [...shape, "immediate", "set meta 3"],
    )
  )
    return undefined;
  const [nfproto, low, high, l4, ...rest] = steps.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const [first, last] = [low && addressFromBytes(low), high && addressFromBytes(high)];
  const protocol = protocols.find((one) => protocolNumbers[one] === l4?.[0]);
  const [from, to] = hasPorts ? rest.map((bytes) => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) : [];
  const mark = rest.at(-1);
  if (nfproto?.[0] !== number || !first || !last || protocol === undefined || mark?.length !== 4) return undefined;
  const rule = { mark: new Uint32Array(mark.slice().buffer)[0] ?? 0, family, protocol, addresses: { first, last } };
  return from === undefined || to === undefined ? rule : { ...rule, ports: { from, to } };
}
