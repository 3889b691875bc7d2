// A VRRP instance as a pure step function: what is known, what happened, and the time go in; what is known from now on and what is to
// be done come out. The rules are the rows of transition-table.ts; this file only finds the state's own rows.

import type { Instant } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { stepBackup } from "./backup-rows.ts";
import { stepFault } from "./fault-rows.ts";
import { stepInitialize } from "./initialize-rows.ts";
import type { InstanceEvent } from "./instance-event.ts";
import type { InstanceState } from "./instance-state.ts";
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
    state: taken.state,
    effects: late === undefined ? taken.effects : [...late.effects, ...taken.effects],
    rows: late === undefined ? [taken.row] : [late.row, taken.row],
  };
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
