// BFD sessions for people.

import { type BfdSessionState, BfdState } from "../control/gen/vipward/v1/bfd.pb.ts";
import type { Io } from "./io.ts";
import { paint } from "./output.ts";
import { ago, length } from "./words.ts";

/** A session in two lines: what it is and why, and what it counted. */
export function sessionLines(session: BfdSessionState, io: Io): readonly string[] {
  const { name, neighbour, state, since, reason, transmitInterval, detectionTime, sent, received, timesUp } = session;
  const word = stateWord(state);
  const shown = paint(io, state === BfdState.BFD_STATE_UP ? "good" : "bad", word);
  const refused = Object.entries(session.refused).map(([rule, times]) => `${rule}: ${times}`);
  const times = `tx ${length(transmitInterval)} detection ${length(detectionTime)}`;
  return [
    `bfd ${name}: neighbour ${neighbour} state ${shown} since ${ago(io.now(), since)} ${times}: ${reason}`,
    `    sent ${sent} received ${received}, came up ${timesUp} times, neighbour says ${stateWord(session.remoteState)}`,
    ...(refused.length === 0 ? [] : [`    refused ${refused.join(", ")}`]),
  ];
}

/** Those that are not up, a line each, for a screen with everything on it. */
export function sessionsInTrouble(sessions: readonly BfdSessionState[], io: Io): string {
  const down = sessions.filter(({ state }) => state !== BfdState.BFD_STATE_UP);
  return down.map((session) => `${sessionLines(session, io)[0]}\n`).join("");
}

function stateWord(state: BfdState): string {
  return BfdState[state]?.replace("BFD_STATE_", "").toLowerCase().replace("_", "-") ?? "unknown";
}
