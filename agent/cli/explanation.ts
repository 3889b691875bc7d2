// Why a VRRP instance is as it is, in lines for people.

import type { VrrpDeadline, VrrpExplanation, VrrpPeerState } from "../control/gen/vipward/v1/election.pb.ts";
import type { Io } from "./io.ts";
import { ago, length } from "./words.ts";

/** The row, the packet, the timers, the peers and the forecast. */
export function explanationLines(explanation: VrrpExplanation, io: Io): readonly string[] {
  const { row, section, does, packet, deadlines, peers, forecast } = explanation;
  return [
    ...(row === "" ? [] : [`by row "${row}" (${section}): ${does}`]),
    ...(packet === undefined ? [] : [`for an advertisement from ${peerText(packet, io)}`]),
    ...deadlines.map((deadline) => `waits for ${deadline.name} ${remaining(deadline, io)}`),
    ...peers.map((peer) => `heard ${peerText(peer, io)}`),
    `forecast: ${forecast}`,
  ];
}

function peerText({ address, priority, interval, time }: VrrpPeerState, io: Io): string {
  const left = priority === 0 ? ", leaving" : "";
  return `${address} prio ${priority}${left} advert ${length(interval)}, ${ago(io.now(), time)} ago`;
}

function remaining({ time }: VrrpDeadline, io: Io): string {
  const ms = (time?.getTime() ?? 0) - io.now();
  return ms > 0 ? `in ${ms < 10_000 ? `${ms}ms` : ago(time?.getTime() ?? 0, new Date(io.now()))}` : "now";
}
