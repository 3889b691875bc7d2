import { parseDuration } from "../../../base/duration.ts";
import { block, fieldLines, flag, quoted, type Values, type Writer, word } from "./lines.ts";

/** The lines of a BFD session. keepalived has another hop limit over IPv6 where none is written. */
export function bfdLines(session: Values): string[] {
  const turn = session.reverse === undefined ? "" : session.reverse === true ? " reverse" : " noreverse";
  return block(`bfd_instance ${quoted(String(session.name))}`, [
    ...fieldLines({ ttl: 255, ...session }, fields),
    ...(session.weight === undefined ? [] : [`weight ${session.weight}${turn}`]),
  ]);
}

const fields: Readonly<Record<string, Writer>> = {
  neighbour: word("neighbor_ip"),
  source_address: word("source_ip"),
  min_rx: time("min_rx"),
  min_tx: time("min_tx"),
  idle_tx: time("idle_tx"),
  multiplier: word("multiplier"),
  passive: flag("passive"),
  ttl: word("ttl"),
  max_hops: word("max_hops"),
  multihop: flag("multihop"),
};

/** Milliseconds. */
function time(keyword: string): Writer {
  return (value) => `${keyword} ${typeof value === "number" ? value * 1000 : (parseDuration(String(value)) ?? value)}`;
}
