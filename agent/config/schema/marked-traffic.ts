// Which packets the agent marks for a virtual server of a firewall mark.

import { z } from "zod";
import { protocols } from "../../kernel/ipvs.ts";
import { says } from "./says.ts";
import { addressRange } from "./services.ts";

/** An inclusive range of ports. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Reads "21" or "10000-10100"; undefined unless it is a range of ports from 1 to 65535. */
export function parsePortRange(text: string): PortRange | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from >= 1 && from <= to && to <= 65_535 ? { from, to } : undefined;
}

/** "21" or "10000-10100". */
export function formatPortRange({ from, to }: PortRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function portRange() {
  return z.codec(z.union([z.string(), z.number()]), z.custom<PortRange>(), {
    decode(value, context) {
      const range = parsePortRange(String(value));
      if (range !== undefined) return range;
      context.issues.push({
        code: "custom",
        input: value,
        message: `${JSON.stringify(value)} is not a port or a range of ports`,
        params: { expected: 'a number from 1 to 65535 or a range like "10000-10100"' },
      });
      return z.NEVER;
    },
    encode: (range) => (range.from === range.to ? range.from : formatPortRange(range)),
  });
}

const trafficSchema = z.strictObject({
  address: addressRange().register(...says("The address that packets go to, or a range like 10.9.0.100-10.9.0.120.")),
  protocol: z.enum(protocols).register(...says("tcp, udp or sctp.")),
  ports: z
    .array(portRange())
    .default([])
    .register(...says('The ports, each a number or a range like "10000-10100"; all ports unless given.')),
});

/** The field of a virtual server about marks. */
export const markedTrafficField = {
  markedTraffic: z
    .array(trafficSchema)
    .default([])
    .register(
      ...says(
        "Packets that the agent itself gives the firewall mark, in an nftables table of its own, or a chain of iptables where the kernel has no nftables; without any, something else marks them. Two virtual servers cannot mark the same packets.",
      ),
    ),
};
