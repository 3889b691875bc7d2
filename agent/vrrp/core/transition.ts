// The form of the transition table: for each state a record of rows, one for each thing that can occur there. The compiler refuses a
// record that lacks a row. A row names its section of the RFC and the states that it may lead to; its `take` does what it says.

import type { Instant } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VrrpState } from "../../events/event.ts";
import type { Effect } from "./effect.ts";
import type {
  AddressClaimed,
  AdvertisementHeard,
  AdvertisementLeft,
  AdvertisementSent,
  ConfigurationChanged,
  Deadline,
  EnvironmentChanged,
  GroupBecameMaster,
  GroupLeftMaster,
  InstanceEvent,
  PriorityChanged,
  Resume,
  Shutdown,
  Startup,
  Suspended,
  TakeoverRefused,
} from "./instance-event.ts";
import type { InstanceState } from "./instance-state.ts";

/** What a step is taken with: the configuration that holds from now on, and the time. */
export interface Context {
  readonly config: VrrpInstanceModel;
  readonly now: Instant;
}

/** What a row leads to. */
export interface Transition {
  readonly state: InstanceState;
  readonly effects: readonly Effect[];
}

/** A transition and the row that was taken, as "backup: priority 0 heard". */
export interface Step extends Transition {
  readonly row: string;
}

/** What can occur, after an event has been looked at in the light of state and configuration; with the event that it is made from. */
export interface Occurrences {
  "startup of the address owner": Startup | Resume;
  "startup with the wish to be master": Startup | Resume;
  "startup as backup": Startup | Resume;
  "startup without what it needs": Startup | Resume;
  "startup before its time": Startup;
  "surroundings changed before its time": EnvironmentChanged;
  "resume within the master down interval": Resume;
  "resume after the master down interval": Resume;
  "priority 0 heard": AdvertisementHeard;
  "higher priority heard": AdvertisementHeard;
  "higher priority heard, answering": AdvertisementHeard;
  "equal priority heard": AdvertisementHeard;
  "equal priority heard from a higher address": AdvertisementHeard;
  "equal priority heard from a higher address, answering": AdvertisementHeard;
  "equal priority heard from a lower address": AdvertisementHeard;
  "equal priority heard from a lower address, not answering": AdvertisementHeard;
  "another address owner heard from a higher address": AdvertisementHeard;
  "another address owner heard from a lower address": AdvertisementHeard;
  "advertisement ignored by the address owner": AdvertisementHeard;
  "own packet heard": AdvertisementHeard;
  "lower priority heard": AdvertisementHeard;
  "lower priority heard, not answering": AdvertisementHeard;
  "lower priority heard, preempting": AdvertisementHeard;
  "lower priority heard, preempt delay running": AdvertisementHeard;
  "lower priority heard, not preempting": AdvertisementHeard;
  "advertisement sent": AdvertisementSent;
  "advertisement left": AdvertisementLeft;
  "takeover refused": TakeoverRefused;
  "master down deadline": Deadline;
  "master down deadline, far too late": Deadline;
  "advertisement deadline": Deadline;
  "announcement deadline": Deadline;
  "refresh deadline": Deadline;
  "extra announcement deadline": Deadline;
  "probe deadline": Deadline;
  "no deadline has come": Deadline;
  "silent for longer than the master down interval": InstanceEvent;
  "address claimed by somebody else": AddressClaimed;
  "address claimed by somebody else, reported already": AddressClaimed;
  "address claimed by the master before": AddressClaimed;
  "suspended for a moment": Suspended;
  "suspended for longer than the master down interval": Suspended;
  "suspended while listening": Suspended;
  "interface missing": EnvironmentChanged;
  "link down": EnvironmentChanged;
  "ownership missing": EnvironmentChanged;
  "source address missing": EnvironmentChanged;
  "socket missing": EnvironmentChanged;
  "tracker failed": EnvironmentChanged;
  "sync group in fault": EnvironmentChanged;
  "master down deadline, sync group not ready": Deadline;
  "sync group became master": GroupBecameMaster;
  "sync group left master": GroupLeftMaster;
  "key missing": EnvironmentChanged;
  "unicast peers missing": EnvironmentChanged;
  "nothing missing": EnvironmentChanged;
  "nothing missing, address owner": EnvironmentChanged;
  "priority changed": PriorityChanged;
  "configuration changed": ConfigurationChanged;
  shutdown: Shutdown;
  "anything else": InstanceEvent;
}

/** A row of the table: where the rule is written, in words what is done, and the states that may come out. */
export interface Row<State, Event> {
  readonly section: string;
  readonly does: string;
  readonly next: readonly VrrpState[];
  readonly take: (state: State, event: Event, context: Context) => Transition;
}

/** The rows of one state. */
export type Rows<State, Names extends keyof Occurrences> = {
  readonly [Name in Names]: Row<State, Occurrences[Name]>;
};

/** Takes the named row. */
export function takeRow<State extends InstanceState, Names extends keyof Occurrences, Name extends Names>(
  rows: Rows<State, Names>,
  name: Name,
  state: State,
  event: Occurrences[Name],
  context: Context,
): Step {
  return { row: `${state.kind}: ${name}`, ...rows[name].take(state, event, context) };
}

/** The transition that changes nothing. */
export function stay(state: InstanceState): Transition {
  return { state, effects: [] };
}
