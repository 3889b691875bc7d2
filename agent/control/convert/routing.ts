// Routes and rules on the wire and in documents. Their fields have the same names.

import { formatInterfaceAddress } from "../../base/address.ts";
import type { EncapsulationSettings } from "../../config/schema/encapsulation.ts";
import { type RouteSettings, type RuleSettings, tableNumbers } from "../../config/schema/routing.ts";
import { type Encapsulation, NextHop, OuterHeader, Route, Rule } from "../gen/vipward/v1/routing.pb.ts";
import { type DocumentObject, list, present } from "./present.ts";

/** A route on the wire. */
export function routeOf({ from, table, nextHops, locked, ...same }: RouteSettings): Route {
  return {
    ...Route.fromPartial({}),
    ...same,
    table: tableNumber(table),
    from: from === undefined ? undefined : formatInterfaceAddress(from),
    nextHops: nextHops.map(({ encap, ...hop }) => ({
      ...NextHop.fromPartial(hop),
      encap: encap && encapsulationOf(encap),
    })),
    locked: [...locked],
  };
}

/** A route in a document. */
export function routeDocument({ to, table, nextHops, locked, ...same }: Route): DocumentObject {
  return present({
    ...same,
    table: tableWord(table),
    to: to === "" ? undefined : to,
    nextHops: list(nextHops, (hop) => present({ ...hop, encap: hop.encap && encapsulationDocument(hop.encap) })),
    locked: list(locked, (name) => name),
  });
}

function encapsulationOf({ ip, ip6, mpls = [], ila }: EncapsulationSettings): Encapsulation {
  const outer = (header: EncapsulationSettings["ip"]) => header && OuterHeader.fromPartial(header);
  return { ip: outer(ip), ip6: outer(ip6), mpls: [...mpls], ila };
}

function encapsulationDocument({ ip, ip6, mpls, ila }: Encapsulation): DocumentObject {
  const outer = (header: OuterHeader | undefined) => header && present({ ...header });
  return present({ ip: outer(ip), ip6: outer(ip6), mpls: list(mpls, (label) => label), ila });
}

/** A rule on the wire. */
export function ruleOf({ from, to, table, ...same }: RuleSettings): Rule {
  return {
    ...Rule.fromPartial({}),
    ...same,
    table: table === undefined ? undefined : tableNumber(table),
    from: from === undefined ? undefined : formatInterfaceAddress(from),
    to: to === undefined ? undefined : formatInterfaceAddress(to),
  };
}

/** A rule in a document. */
export function ruleDocument({ priority, table, ...same }: Rule): DocumentObject {
  return present({ ...same, table: tableWord(table), priority: priority === 0 ? undefined : priority });
}

/** Documents have names for the kernel's own tables. */
function tableWord(table: number | undefined): string | number | undefined {
  const named = Object.entries(tableNumbers).find(([, number]) => number === table);
  return named?.[0] ?? table;
}

function tableNumber(table: RouteSettings["table"]): number {
  return typeof table === "number" ? table : tableNumbers[table];
}
