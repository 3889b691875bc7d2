// Routes on route netlink, both directions (struct rtmsg and RTA_* of linux/rtnetlink.h). Numbers are in host order, addresses are bytes in
// network order.

import { addressBytes, addressFromBytes, type Family, type InterfaceAddress, ip } from "../../../base/address.ts";
import type { NextHop, Route, RouteKind, RouteMetric } from "../../routes.ts";
import { isLittleEndian } from "../byte-order.ts";
import { socketFamily } from "../sockaddr.ts";
import { Attributes, beginNested, endNested, writeBytes, writeText, writeU8, writeU32 } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import { readEncapsulation, writeEncapsulation } from "./lwtunnel.ts";
import type { Message } from "./message.ts";
import { halves, quarters, type WordWriter } from "./writer.ts";

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE. */
export const routeMessage = { newRoute: 24, removeRoute: 25, getRoute: 26 } as const;

/** RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE. */
export const routeGroups: readonly number[] = [7, 11];

/** Our mark (rtm_protocol, FRA_PROTOCOL; `ip route` shows `proto 112`): the number of VRRP. rt_protos has no name for it. */
export const ourProtocol = 112;

/** Where the mark stands in a message about a route (rtm_protocol). */
export const protocolByte = { offset: 5, value: ourProtocol } as const;

/** RTA_*. */
const attribute = {
  destination: 1,
  source: 2,
  link: 4,
  gateway: 5,
  priority: 6,
  preferredSource: 7,
  metrics: 8,
  multipath: 9,
  realm: 11,
  table: 15,
  preference: 20,
  expires: 23,
} as const;

/** ICMPV6_ROUTER_PREF_* (linux/icmpv6.h). */
const preferences: Readonly<Record<NonNullable<Route["preference"]>, number>> = { high: 1, low: 3 };
const preferenceNames = new Map(
  Object.entries(preferences).map(([name, value]) => [value, name as keyof typeof preferences]),
);

/** RTN_*. */
const kinds: Readonly<Record<RouteKind, number>> = {
  unicast: 1,
  local: 2,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
};

/** RTAX_*; the first tells which of the others are locked. */
const metrics: Readonly<Record<RouteMetric, number>> = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  features: 12,
  fastopen_no_cookie: 17,
};
const lockMetric = 1;
const congestionControlMetric = 16; // RTAX_CC_ALGO, a name

const onlinkFlag = 4; // RTNH_F_ONLINK
const headerSize = 12; // struct rtmsg
const hopSize = 8; // struct rtnexthop
/** Tables from 256 on stand in an attribute only (RT_TABLE_COMPAT). */
const compatibleTable = 252;

/** Asks, in a dump, for the routes of a family that carry our mark. Kernels before 4.20 give all. */
export function routesBody(family: Family): WriteBody {
  return (writer) => {
    writer.word(quarters(socketFamily[family], 0, 0, 0));
    writer.word(quarters(0, ourProtocol, 0, 0));
    writer.word(0);
  };
}

/** A route to be added or removed. */
export function routeBody(route: Route): WriteBody {
  return (writer) => {
    writeHeader(writer, route);
    const { destination, from, preferredSource, metric, table, nextHops } = route;
    if (destination.prefixLength > 0) writeBytes(writer, attribute.destination, addressBytes(destination.address));
    if (from !== undefined) writeBytes(writer, attribute.source, addressBytes(from.address));
    if (preferredSource !== undefined) writeBytes(writer, attribute.preferredSource, addressBytes(preferredSource));
    if (metric !== 0) writeU32(writer, attribute.priority, metric);
    writeU32(writer, attribute.table, table);
    if (route.realm !== undefined) writeU32(writer, attribute.realm, route.realm);
    if (route.preference !== undefined) writeU8(writer, attribute.preference, preferences[route.preference]);
    if (route.expires !== undefined) writeU32(writer, attribute.expires, route.expires);
    writeMetrics(writer, route);
    const [first] = nextHops;
    if (nextHops.length > 1) writeHops(writer, nextHops);
    else if (first !== undefined) writeHop(writer, first);
  };
}

/** The route in a message of the kernel; undefined when it is not ours, or of a kind that there is no word for. */
export function readRoute({ type, payload }: Message): Route | undefined {
  if (type !== routeMessage.newRoute && type !== routeMessage.removeRoute) return undefined;
  if (payload.length < headerSize || payload[protocolByte.offset] !== ourProtocol) return undefined;
  const family = payload[0] === socketFamily.ipv4 ? "ipv4" : payload[0] === socketFamily.ipv6 ? "ipv6" : undefined;
  const kind = kindNames.get(payload[7] ?? 0);
  if (family === undefined || kind === undefined) return undefined;
  const attributes = new Attributes(payload, headerSize);
  const from = prefixOf(attributes.bytes(attribute.source), payload[2] ?? 0);
  const preferred = addressFromBytes(attributes.bytes(attribute.preferredSource) ?? new Uint8Array());
  return {
    family,
    kind,
    destination: prefixOf(attributes.bytes(attribute.destination), payload[1] ?? 0) ?? everything(family),
    table: attributes.u32(attribute.table) ?? payload[4] ?? 0,
    tos: payload[3] ?? 0,
    metric: attributes.u32(attribute.priority) ?? 0,
    scope: payload[6] ?? 0,
    ...(from !== undefined && { from }),
    ...(preferred !== undefined && { preferredSource: preferred }),
    nextHops: readHops(attributes, new DataView(payload.buffer, payload.byteOffset).getUint32(8, isLittleEndian)),
    ...readMetrics(attributes.nested(attribute.metrics)),
    ...readFurther(attributes),
  };
}

const kindNames = new Map(Object.entries(kinds).map(([name, number]) => [number, name as RouteKind]));

function writeHeader(
  writer: WordWriter,
  { family, destination, from, tos, table, scope, kind, nextHops }: Route,
): void {
  const [first] = nextHops;
  writer.word(quarters(socketFamily[family], destination.prefixLength, from?.prefixLength ?? 0, tos));
  writer.word(quarters(table < 256 ? table : compatibleTable, ourProtocol, scope, kinds[kind]));
  writer.word(nextHops.length === 1 && first?.onlink === true ? onlinkFlag : 0);
}

function writeMetrics(writer: WordWriter, { metrics: wished, locked, congestionControl }: Route): void {
  const known = Object.entries(wished) as [RouteMetric, number][];
  if (known.length === 0 && congestionControl === undefined) return;
  const start = beginNested(writer);
  if (locked.length > 0)
    writeU32(
      writer,
      lockMetric,
      locked.reduce((bits, name) => bits | (1 << metrics[name]), 0),
    );
  for (const [name, value] of known) writeU32(writer, metrics[name], value);
  if (congestionControl !== undefined) writeText(writer, congestionControlMetric, congestionControl);
  endNested(writer, start, attribute.metrics);
}

function writeHop(writer: WordWriter, { via, linkIndex, encapsulation }: NextHop): void {
  if (via !== undefined) writeBytes(writer, attribute.gateway, addressBytes(via));
  if (encapsulation !== undefined) writeEncapsulation(writer, encapsulation);
  if (linkIndex !== undefined) writeU32(writer, attribute.link, linkIndex);
}

function writeHops(writer: WordWriter, hops: readonly NextHop[]): void {
  const list = beginNested(writer);
  for (const { via, linkIndex, weight, onlink, encapsulation } of hops) {
    const start = writer.claim(2);
    writer.words[start + 1] = linkIndex ?? 0;
    if (via !== undefined) writeBytes(writer, attribute.gateway, addressBytes(via));
    if (encapsulation !== undefined) writeEncapsulation(writer, encapsulation);
    writer.words[start] = halves((writer.length - start) * 4, (onlink ? onlinkFlag : 0) | ((weight - 1) << 8));
  }
  endNested(writer, list, attribute.multipath);
}

function readHops(attributes: Attributes, flags: number): NextHop[] {
  const list = attributes.bytes(attribute.multipath);
  if (list !== undefined) return readHopList(list);
  const hop = hopOf(attributes, attributes.u32(attribute.link), 1, flags);
  return hop.via === undefined && hop.linkIndex === undefined ? [] : [hop];
}

function readHopList(list: Uint8Array): NextHop[] {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const hops: NextHop[] = [];
  for (let at = 0; at + hopSize <= list.length; ) {
    const length = view.getUint16(at, isLittleEndian);
    if (length < hopSize || at + length > list.length) break;
    const attributes = new Attributes(list, at + hopSize, at + length);
    const [flags, weight] = [view.getUint8(at + 2), view.getUint8(at + 3) + 1];
    hops.push(hopOf(attributes, view.getUint32(at + 4, isLittleEndian), weight, flags));
    at += (length + 3) & ~3;
  }
  return hops;
}

function hopOf(attributes: Attributes, linkIndex: number | undefined, weight: number, flags: number): NextHop {
  const via = addressFromBytes(attributes.bytes(attribute.gateway) ?? new Uint8Array());
  const encapsulation = readEncapsulation(attributes);
  return {
    ...(via !== undefined && { via }),
    ...(linkIndex !== undefined && { linkIndex }),
    weight,
    onlink: (flags & onlinkFlag) !== 0,
    ...(encapsulation !== undefined && { encapsulation }),
  };
}

function readMetrics(nested: Attributes | undefined): Pick<Route, "metrics" | "locked"> {
  if (nested === undefined) return { metrics: {}, locked: [] };
  const names = Object.keys(metrics) as RouteMetric[];
  const bits = nested.u32(lockMetric) ?? 0;
  const known = names.flatMap((name) => {
    const value = nested.u32(metrics[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { metrics: Object.fromEntries(known), locked: names.filter((name) => (bits & (1 << metrics[name])) !== 0) };
}

function readFurther(attributes: Attributes): Pick<Route, "realm" | "preference" | "congestionControl"> {
  const realm = attributes.u32(attribute.realm);
  const preference = preferenceNames.get(attributes.u8(attribute.preference) ?? 0);
  const congestionControl = attributes.nested(attribute.metrics)?.text(congestionControlMetric);
  return {
    ...(realm !== undefined && { realm }),
    ...(preference !== undefined && { preference }),
    ...(congestionControl !== undefined && { congestionControl }),
  };
}

function prefixOf(bytes: Uint8Array | undefined, prefixLength: number): InterfaceAddress | undefined {
  const address = bytes === undefined ? undefined : addressFromBytes(bytes);
  return address === undefined ? undefined : { address, prefixLength };
}

function everything(family: Family): InterfaceAddress {
  return { address: ip(family === "ipv4" ? "0.0.0.0" : "::"), prefixLength: 0 };
}
