// What names of interfaces with virtual MACs begin with: keepalived has one prefix for all instances, and takes whole names.

import { fieldLines, objectsOf, type Values, word } from "./lines.ts";

/** The prefixes that are written for all instances: those of the first that has one. */
export function prefixesOf(document: Values): Values {
  const instances = objectsOf(document.vrrp_instances, "name");
  const first = (field: string) => instances.find((instance) => instance[field] !== undefined)?.[field];
  return {
    virtual_mac_prefix: first("virtual_mac_prefix"),
    virtual_mac_elsewhere_prefix: first("virtual_mac_elsewhere_prefix"),
  };
}

/** The lines of `global_defs`. */
export function prefixLines(prefixes: Values): string[] {
  const keywords = { virtual_mac_prefix: "vmac_prefix", virtual_mac_elsewhere_prefix: "vmac_addr_prefix" };
  return Object.entries(keywords).flatMap(([field, keyword]) => fieldLines(prefixes, { [field]: word(keyword) }));
}

/** The instance with the whole name of its interface where that is not the one that these prefixes make. */
export function named(instance: Values, { virtual_mac_prefix: common }: Values): Values {
  const { virtual_mac: mac, virtual_mac_prefix: own, virtual_router_id: id } = instance;
  const isNamed = (mac as Values | undefined)?.interface !== undefined;
  if (mac === undefined || isNamed || own === common) return instance;
  const [first] = objectsOf(instance.virtual_addresses, "address");
  const family = String(first?.address).includes(":") ? "6" : "";
  return { ...instance, virtual_mac: { interface: `${own ?? "vrrp"}${family}.${id}`, ...(mac as Values) } };
}
