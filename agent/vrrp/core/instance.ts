// A VRRP instance as a pure step function: what is known, what happened, and the time go in; what is known from now on and what is to
// be done come out. The rules are the rows of transition-table.ts; this file only finds the state's own rows.

import type { Instant } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { stepBackup } from "./backup-rows.ts";
import { peerOf } from "./entering.ts";
import { stepFault } from "./fault-rows.ts";
import { stepInitialize } from "./initialize-rows.ts";
import type { InstanceEvent } from "./instance-event.ts";
import type { InstanceState, Peer } from "./instance-state.ts";
import { stepDownIfLate, stepMaster } from "./master-rows.ts";
import type { Context, Step } from "./transition.ts";

/** Takes the rows for an event: one, or two when a master must step down before it may look at the event. */
export function step(
  config: VrrpInstanceModel,
  state: InstanceState,
  event: InstanceEvent,
  now: Instant,
): { readonly state: InstanceState; readonly effects: Step["effects"]; readonly rows: readonly string[] } {
  const context: Context = { config, now };
  const late = state.kind === "master" ? stepDownIfLate(state, event, context) : undefined;
  const taken = takeStep(late?.state ?? state, event, context);
  return {
    state: remembering(taken.state, strongestOf(state, event, now)),
    effects: late === undefined ? taken.effects : [...late.effects, ...taken.effects],
    rows: late === undefined ? [taken.row] : [late.row, taken.row],
  };
}

/** Of the other routers the one of highest priority, as each was last heard. Who resigns, or whose packet is our own, says nothing of that. */
function strongestOf(state: InstanceState, event: InstanceEvent, now: Instant): Peer | undefined {
  if (state.kind !== "backup" && state.kind !== "master") return undefined;
  const { strongest } = state;
  if (event.kind !== "advertisement" || event.priority === 0) return strongest;
  if (event.source === (event.against ?? state.source)) return strongest;
  const isStronger = strongest === undefined || event.priority >= strongest.priority;
  return isStronger || event.source === strongest.address ? peerOf(event, now) : strongest;
}

/** Rows make new states; what has been heard of the others stays known as long as the instance takes part. */
function remembering(state: InstanceState, strongest: Peer | undefined): InstanceState {
  const isKnown = (state.kind !== "backup" && state.kind !== "master") || state.strongest === strongest;
  return isKnown ? state : { ...state, strongest };
}

function takeStep(state: InstanceState, event: InstanceEvent, context: Context): Step {
  switch (state.kind) {
    case "initialize":
      return stepInitialize(state, event, context);
    case "backup":
      return stepBackup(state, event, context);
    case "master":
      return stepMaster(state, event, context);
    case "fault":
      return stepFault(state, event, context);
  }
}
