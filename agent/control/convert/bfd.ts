// BFD sessions to the wire and back.

import type { BfdSessionView } from "../../bfd/view.ts";
import type { Settings } from "../../config/schema/settings.ts";
import { BfdSession, type BfdSessionState, BfdState } from "../gen/vipward/v1/bfd.pb.ts";
import { type DocumentObject, present } from "./present.ts";
import { durationOf, durationText, timeOf } from "./time.ts";

const states = {
  "admin-down": BfdState.BFD_STATE_ADMIN_DOWN,
  down: BfdState.BFD_STATE_DOWN,
  init: BfdState.BFD_STATE_INIT,
  up: BfdState.BFD_STATE_UP,
} as const;

/** A session as it is now, on the wire. */
export function bfdSessionStateOf(view: BfdSessionView): BfdSessionState {
  const { state, remoteState, since, transmitIntervalMs, detectionTimeMs, refused, ...same } = view;
  return {
    ...same,
    ...{ state: states[state], remoteState: states[remoteState], since: timeOf(since) },
    ...{ transmitInterval: durationOf(transmitIntervalMs), detectionTime: durationOf(detectionTimeMs) },
    ...{ sent: BigInt(view.sent), received: BigInt(view.received), timesUp: BigInt(view.timesUp) },
    refused: Object.fromEntries(Object.entries(refused).map(([rule, count]) => [rule, BigInt(count)])),
  };
}

/** A configured session on the wire: the same names on both sides, but for times. */
export function bfdSessionOf(settings: Settings["bfdSessions"][number]): BfdSession {
  const { minRx, minTx, idleTx, ...same } = settings;
  const times = { minRx: durationOf(minRx), minTx: durationOf(minTx), idleTx: durationOf(idleTx) };
  return BfdSession.fromPartial({ ...same, ...times });
}

/** The document of a session. */
export function bfdSessionDocument(message: BfdSession): DocumentObject {
  const { name, neighbour, minRx, minTx, idleTx, ...same } = message;
  const times = { minRx: durationText(minRx), minTx: durationText(minTx), idleTx: durationText(idleTx) };
  return present({ ...same, ...times, name: name || undefined, neighbour: neighbour || undefined });
}
