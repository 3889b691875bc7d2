// What explains a VRRP instance, to the wire.

import { rowNamed } from "../../vrrp/core/transition-table.ts";
import type { ExplanationView, PeerView } from "../../vrrp/view.ts";
import type { VrrpExplanation, VrrpPeerState } from "../gen/vipward/v1/election.pb.ts";
import { durationOf, timeOf } from "./time.ts";

/** Why an instance is as it is, on the wire. */
export function explanationOf(view: ExplanationView): VrrpExplanation {
  const { row, packet, deadlines, peers, forecast, masterAt } = view;
  return {
    ...{ row, ...rowNamed(row), forecast },
    packet: packet && peerOf(packet),
    deadlines: deadlines.map(({ name, at }) => ({ name, time: timeOf(at) })),
    peers: peers.map(peerOf),
    masterAt: masterAt === undefined ? undefined : timeOf(masterAt),
  };
}

function peerOf({ address, priority, intervalMs, at }: PeerView): VrrpPeerState {
  return { address, priority, interval: durationOf(intervalMs), time: timeOf(at) };
}
