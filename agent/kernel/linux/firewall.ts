// The agent's nftables table in the network namespace in which it was opened. It belongs to the socket that made it (Linux 5.12 and later): nobody else can
// change it, and it goes when the process does. It is opened when it is first written, as most kernels of small machines have no nftables.
//
// IPVS takes what is for virtual servers at LOCAL_IN with priority 98 and 99, and local real servers' answers at LOCAL_OUT with -99: dropping comes after the
// one and before the other, so that an address that is not accepted still serves.

import { addressBytes, addressFromBytes, type familyOf, type IpAddress } from "../../base/address.ts";
import { OperationError } from "../../base/errors.ts";
import { type Firewall, type FirewallPort, isIdle, tableName } from "../firewall.ts";
import { asking, failureOf } from "./asking.ts";
import { NetlinkConnection, type Outcome } from "./netlink/connection.ts";
import {
  type Expression,
  elementsQuestion,
  inBatch,
  isBetween,
  isIn,
  loadBytes,
  metaIs,
  type NftMessage,
  newChain,
  newElements,
  newRule,
  newSet,
  newTable,
  outgoingLink,
  readElements,
  readRuleChain,
  removeTable,
  rulesQuestion,
  verdict,
} from "./netlink/nftables.ts";

const netfilter = 12; // NETLINK_NETFILTER
const localIn = { hook: 1, chain: "input", priority: 150 } as const;
const localOut = { hook: 3, chain: "output", priority: -150 } as const;
const notSupported = 95; // EOPNOTSUPP
const noNftables = { kind: "refused", answer: { errno: notSupported, text: "this kernel has no nftables" } } as const;
const drop = 0;
const accept = 1;

/** The two families: their number for nft (NFPROTO_*), the type of their addresses in nft's own numbers, and where addresses stand in their headers. */
const families = {
  ipv4: { ...{ protocol: 2, set: "unaccepted4", id: 1, keyType: 7, length: 4 }, ...{ source: 12, destination: 16 } },
  ipv6: { ...{ protocol: 10, set: "unaccepted6", id: 2, keyType: 8, length: 16 }, ...{ source: 8, destination: 24 } },
} as const;
type FamilyRow = (typeof families)["ipv4" | "ipv6"];

const icmpv6 = 58;
/** Neighbour solicitation and advertisement (RFC 4861), which an address needs to be found at all (RFC 9568, section 6.4.3). */
const neighbours = [new Uint8Array([135]), new Uint8Array([136])] as const;

/** The names of links from which no reports leave: an element is a name with zeroes behind it (IFNAMSIZ), which nft knows as its type 41, ifname. */
const quiet = { set: "quiet", id: 3, keyType: 41, length: 16 } as const;
const igmp = 2;
/** Listener query, report and done, router solicitation (RFC 2710, section 3; RFC 4861, section 4.1), and listener report of version 2 (RFC 3810, section 5.2). */
const reports = [
  [new Uint8Array([130]), new Uint8Array([133])],
  [new Uint8Array([143]), new Uint8Array([143])],
] as const;

/** How many rules the table has: three in each chain for addresses, three for links. */
const ruleCount = 9;

/** The real table. */
export class LinuxFirewall implements FirewallPort {
  #connection: NetlinkConnection | undefined;
  #isOwned = true;

  write(firewall: Firewall): void {
    if (isIdle(firewall) && this.#connection === undefined && !this.#exists()) return;
    if (!this.#attempt(firewall)) return;
    this.#isOwned = false;
    this.#attempt(firewall);
  }

  read(): Firewall | undefined {
    if (!this.#exists()) return undefined;
    const unaccepted = Object.values(families).flatMap(({ set }) => this.#addressesOf(set));
    return { unaccepted, quietLinks: this.#elementsOf(quiet.set).map(readName) };
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Whether it must be tried once more, without owning the table: kernels before 5.12. */
  #attempt(firewall: Firewall): boolean {
    const object = `table inet ${tableName}`;
    const outcome = this.#ask("write", (connection) => connection.transaction(inBatch(this.#messages(firewall))));
    if (outcome.kind === "done") return false;
    const isNotKnown = outcome.kind === "refused" && outcome.answer.errno === notSupported;
    if (isNotKnown && this.#isOwned) return true;
    throw failureOf("write", object, isNotKnown ? noNftables : outcome);
  }

  #messages(firewall: Firewall): readonly NftMessage[] {
    const [made, removed] = [newTable(tableName, this.#isOwned), removeTable(tableName)];
    const { unaccepted, quietLinks } = firewall;
    if (isIdle(firewall)) return [made, removed];
    const chains = [localIn, localOut].map(({ chain, hook, priority }) => newChain(tableName, chain, hook, priority));
    const ofFamilies = Object.values(families).flatMap((row) => ofFamily(row, unaccepted));
    return [made, removed, made, ...chains, ...ofFamilies, ...ofQuiet(quietLinks)];
  }

  #exists(): boolean {
    const { type, body } = rulesQuestion(tableName);
    const outcome = this.#ask("read", (connection) => connection.dump(type, body));
    if (outcome.kind !== "done") return false;
    const chains = outcome.messages.map((message) => readRuleChain(message.type, message.payload));
    return chains.filter((chain) => chain !== undefined).length === ruleCount;
  }

  #addressesOf(set: string): readonly IpAddress[] {
    return this.#elementsOf(set).flatMap((bytes) => addressFromBytes(bytes) ?? []);
  }

  #elementsOf(set: string): readonly Uint8Array[] {
    const { type, body } = elementsQuestion(tableName, set);
    const outcome = this.#ask("read", (connection) => connection.dump(type, body));
    if (outcome.kind !== "done") return [];
    return outcome.messages.flatMap((message) => readElements(message.type, message.payload));
  }

  #ask(operation: string, ask: (connection: NetlinkConnection) => Outcome): Outcome {
    try {
      return asking(operation, `table inet ${tableName}`, () => {
        this.#connection ??= new NetlinkConnection(netfilter);
        return ask(this.#connection);
      });
    } catch (thrown) {
      if (!(thrown instanceof OperationError) || thrown.failure.cause.code !== "EPROTONOSUPPORT") throw thrown;
      return noNftables;
    }
  }
}

/** The set of a family with its addresses, and the rules about it. */
function ofFamily(row: FamilyRow, unaccepted: readonly IpAddress[]): readonly NftMessage[] {
  const { set, id, keyType, length } = row;
  const values = unaccepted.filter((address) => addressBytes(address).length === length).map(addressBytes);
  return [
    newSet(tableName, set, id, keyType, length),
    ...(values.length > 0 ? [newElements(tableName, set, id, values)] : []),
    ...rulesOf(row, localIn.chain, row.destination),
    ...rulesOf(row, localOut.chain, row.source),
  ];
}

function rulesOf(row: FamilyRow, chain: string, offset: number): readonly NftMessage[] {
  const { protocol, set, id, length } = row;
  const matches: readonly Expression[] = [...metaIs(15, protocol), loadBytes(1, offset, length), isIn(set, id)];
  const discovery = [...metaIs(16, icmpv6), loadBytes(2, 0, 1), ...isBetween(...neighbours), verdict(accept)];
  return [
    ...(familyOfRow(row) === "ipv6" ? [newRule(tableName, chain, [...matches, ...discovery])] : []),
    newRule(tableName, chain, [...matches, verdict(drop)]),
  ];
}

/** The set of quiet links and the rules about it, which are all about what leaves. */
function ofQuiet(links: readonly string[]): readonly NftMessage[] {
  const { set, id, keyType, length } = quiet;
  const matches = (protocol: number) => [...metaIs(16, protocol), outgoingLink(), isIn(set, id)];
  return [
    newSet(tableName, set, id, keyType, length),
    ...(links.length > 0 ? [newElements(tableName, set, id, links.map(writeName))] : []),
    newRule(tableName, localOut.chain, [...matches(igmp), verdict(drop)]),
    ...reports.map(([first, last]) =>
      newRule(tableName, localOut.chain, [
        ...matches(icmpv6),
        loadBytes(2, 0, 1),
        ...isBetween(first, last),
        verdict(drop),
      ]),
    ),
  ];
}

function writeName(name: string): Uint8Array {
  const bytes = new Uint8Array(quiet.length);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
}

function readName(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0+$/, "");
}

function familyOfRow({ length }: FamilyRow): ReturnType<typeof familyOf> {
  return length === families.ipv4.length ? "ipv4" : "ipv6";
}
