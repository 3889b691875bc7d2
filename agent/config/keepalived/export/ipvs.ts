import { fieldLines, flag, secondsOf, type Values, word } from "./lines.ts";

const timeoutWords = { tcp: "tcp", tcp_fin: "tcpfin", udp: "udp" } as const;

/** The lines of `global_defs` about IPVS as a whole. */
export function ipvsLines(ipvs: Values): string[] {
  const timeouts = (ipvs.timeouts as Values | undefined) ?? {};
  const words = Object.entries(timeoutWords).flatMap(([field, keyword]) =>
    timeouts[field] === undefined ? [] : [`${keyword} ${secondsOf(timeouts[field])}`],
  );
  return [
    ...(words.length === 0 ? [] : [`lvs_timeouts ${words.join(" ")}`]),
    ...fieldLines(ipvs, {
      flush_at_start: flag("lvs_flush"),
      flush_at_stop: flag("lvs_flush_on_stop"),
    }),
  ];
}

/** The lines outside of blocks: keepalived 2.2.7 knows namespaces only there. */
export function namespaceLines({ director = {}, ipvs = {} }: Values): string[] {
  return [
    ...fieldLines(director as Values, { network_namespace: word("net_namespace") }),
    ...fieldLines(ipvs as Values, { network_namespace: word("net_namespace_ipvs") }),
  ];
}
