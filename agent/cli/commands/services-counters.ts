// `vipward services --stats` and `--rate`: what the kernel has counted, laid out as ipvsadm does.

import type { IpvsCounters } from "../../control/gen/vipward/v1/ipvs_state.pb.ts";
import type { State, VirtualServerState } from "../../control/gen/vipward/v1/state.pb.ts";
import { table } from "../output.ts";

type Name = Exclude<keyof IpvsCounters, "$type">;

const stats = {
  head: ["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"],
  names: ["connections", "packetsIn", "packetsOut", "bytesIn", "bytesOut"],
} as const satisfies { readonly head: readonly string[]; readonly names: readonly Name[] };

const rate = {
  head: ["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"],
  names: [
    ...["connectionsPerSecond", "packetsInPerSecond", "packetsOutPerSecond"],
    ...["bytesInPerSecond", "bytesOutPerSecond"],
  ] as readonly Name[],
} as const;

/** `ipvsadm -Ln --stats --exact`. */
export function statsText({ virtualServers }: State): string {
  return countersText(virtualServers, stats);
}

/** `ipvsadm -Ln --rate --exact`. */
export function rateText({ virtualServers }: State): string {
  return countersText(virtualServers, rate);
}

function countersText(
  servers: readonly VirtualServerState[],
  { head, names }: { readonly head: readonly string[]; readonly names: readonly Name[] },
): string {
  if (servers.length === 0) return "no virtual servers\n";
  const row = (name: string, counters: IpvsCounters | undefined) => [
    name,
    ...names.map((counter) => String(counters?.[counter] ?? 0n)),
  ];
  const rows = servers.flatMap(({ name, counters, realServers }) => [
    row(name, counters),
    ...realServers.map((realServer) => row(`  -> ${realServer.name}`, realServer.counters)),
  ]);
  return table(["Service", ...head], rows);
}
