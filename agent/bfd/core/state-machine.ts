// The state machine of RFC 5880, section 6.2: a row for each state, and in it what the neighbour's state makes of it.

import type { SessionKind } from "./control-packet.ts";

/** What a session becomes when its neighbour says that it is in a state. A neighbour that is administratively down is down (section 6.8.6). */
const rows: Readonly<Record<SessionKind, Readonly<Record<SessionKind, SessionKind>>>> = {
  "admin-down": { "admin-down": "admin-down", down: "admin-down", init: "admin-down", up: "admin-down" },
  down: { "admin-down": "down", down: "init", init: "up", up: "down" },
  init: { "admin-down": "down", down: "init", init: "up", up: "up" },
  up: { "admin-down": "down", down: "down", init: "up", up: "up" },
};

/** The next state. */
export function nextState(own: SessionKind, neighbour: SessionKind): SessionKind {
  return rows[own][neighbour];
}
