// State initialize (RFC 3768, section 6.4.1; RFC 9568, section 6.4.1): how an instance begins.

import type { IpAddress } from "../../base/address.ts";
import { elapsed } from "../../base/duration.ts";
import type { Effect } from "./effect.ts";
import {
  changed,
  enterBackupRefused,
  enterBackupUnheard,
  enterFault,
  enterMaster,
  freshMaster,
  listeningTime,
  readable,
} from "./entering.ts";
import type { Deadline, InstanceEvent, Resume, Startup } from "./instance-event.ts";
import { type Initialize, initialize } from "./instance-state.ts";
import { type Context, type Rows, type Step, stay, type Transition, takeRow } from "./transition.ts";

/** The priority of a router that owns the addresses (RFC 9568, section 5.2.4). */
export const ownerPriority = 255;

type Occurrence =
  | "startup of the address owner"
  | "startup with the wish to be master"
  | "startup as backup"
  | "startup without what it needs"
  | "startup before its time"
  | "takeover refused"
  | "surroundings changed before its time"
  | "shutdown"
  | "no deadline has come"
  | "resume within the master down interval"
  | "resume after the master down interval"
  | "anything else";

/** What happens in state initialize. */
export const initializeRows: Rows<Initialize, Occurrence> = {
  "startup of the address owner": {
    section: "RFC 9568, 6.4.1; RFC 3768, 6.4.1",
    does: "become master at once",
    next: ["master"],
    take: (_, event, context) =>
      whenReady(event, context, (source) =>
        enterMaster("initialize", source, "the address owner starts as master", context),
      ),
  },
  "startup with the wish to be master": {
    section: "keepalived, state MASTER",
    does: "listen for one advertisement interval and the skew time",
    next: ["backup"],
    take: (_, event, context) => whenReady(event, context, (source) => listen(source, "master", context)),
  },
  "startup as backup": {
    section: "RFC 9568, 6.4.1; RFC 3768, 6.4.1",
    does: "listen for the master down interval",
    next: ["backup"],
    take: (_, event, context) => whenReady(event, context, (source) => listen(source, "backup", context)),
  },
  "startup without what it needs": {
    section: "keepalived, state FAULT",
    does: "say what is missing and wait for it",
    next: ["fault"],
    take: (_, event, context) => whenReady(event, context, (source) => listen(source, "backup", context)),
  },
  "startup before its time": {
    section: "keepalived, vrrp_startup_delay and vrrp_delay_after_boot",
    does: "remove the addresses that are there, and wait until it is time",
    next: ["initialize"],
    take: (state, { environment, notBefore }, { config }) => ({
      state: notBefore === undefined ? state : { ...state, delayed: { until: notBefore, environment } },
      effects: [{ kind: "remove-addresses", addresses: config.virtualAddresses }],
    }),
  },
  "takeover refused": {
    section: "ours: who cannot say that he is master is none",
    does: "listen, and try again after a master down interval, a second at least",
    next: ["backup"],
    take: (_, { source }, context) => enterBackupRefused("initialize", source, context),
  },
  "surroundings changed before its time": {
    section: "keepalived, vrrp_startup_delay and vrrp_delay_after_boot",
    does: "remember what will be there to begin with",
    next: ["initialize"],
    take: (state, { environment }) =>
      stay(state.delayed === undefined ? state : { ...state, delayed: { ...state.delayed, environment } }),
  },
  shutdown: {
    section: "ours: what waits to begin can end",
    does: "wait no longer",
    next: ["initialize"],
    take: () => stay(initialize),
  },
  "no deadline has come": {
    section: "ours: a spurious call is harmless",
    does: "nothing",
    next: ["initialize"],
    take: (state) => stay(state),
  },
  "resume within the master down interval": {
    section: "ours: nobody has noticed that the process was gone",
    does: "go on as master: advertise at once, leave the addresses as they are",
    next: ["master"],
    take: (_, event, context) => whenReady(event, context, (source) => goOn(source, event, context)),
  },
  "resume after the master down interval": {
    section: "ours: another router may have taken over",
    does: "remove the addresses first, then listen as any backup",
    next: ["backup"],
    take: (_, event, context) => whenReady(event, context, (source) => cameTooLate(source, event, context)),
  },
  "anything else": {
    section: "RFC 9568, 6.4.1",
    does: "nothing: only a startup leaves this state",
    next: ["initialize"],
    take: (state) => stay(state),
  },
};

/** A step in state initialize. */
export function stepInitialize(state: Initialize, event: InstanceEvent, context: Context): Step {
  switch (event.kind) {
    case "startup":
      return startUp(state, event, context);
    case "resume":
      return takeRow(initializeRows, resumeOccurrence(event, context), state, event, context);
    case "deadline":
      return beginIfTime(state, event, context);
    case "environment-changed":
      return takeRow(initializeRows, "surroundings changed before its time", state, event, context);
    case "takeover-refused":
      return takeRow(initializeRows, "takeover refused", state, event, context);
    case "shutdown":
      return takeRow(initializeRows, "shutdown", state, event, context);
    default:
      return takeRow(initializeRows, "anything else", state, event, context);
  }
}

function startUp(state: Initialize, event: Startup, context: Context): Step {
  const isEarly = event.notBefore !== undefined && event.notBefore > context.now;
  if (isEarly) return takeRow(initializeRows, "startup before its time", state, event, context);
  return takeRow(initializeRows, startupOccurrence(event, context), state, event, context);
}

/** When the time has come, what was waiting begins as if it had only now been started. */
function beginIfTime(state: Initialize, event: Deadline, context: Context): Step {
  if (state.delayed === undefined || state.delayed.until > context.now)
    return takeRow(initializeRows, "no deadline has come", state, event, context);
  return startUp(initialize, { kind: "startup", environment: state.delayed.environment }, context);
}

function startupOccurrence({ environment }: Startup, { config }: Context) {
  if (!environment.ready) return "startup without what it needs";
  if (config.priority === ownerPriority) return "startup of the address owner";
  return config.initialState === "master" ? "startup with the wish to be master" : "startup as backup";
}

function resumeOccurrence({ environment, ...before }: Resume, { config, now }: Context) {
  if (!environment.ready) return "startup without what it needs";
  const silent = elapsed(before.lastAdvertisementAt, now);
  // A time that has not come yet is none to count from: the record or the clock is wrong.
  if (silent >= 0 && silent <= before.masterDownInterval) return "resume within the master down interval";
  return config.priority === ownerPriority ? "startup of the address owner" : "resume after the master down interval";
}

function whenReady(
  { environment }: Startup | Resume,
  context: Context,
  begin: (source: IpAddress) => Transition,
): Transition {
  return environment.ready ? begin(environment.source) : enterFault(initialize, environment, context);
}

function listen(source: IpAddress, wish: "master" | "backup", context: Context): Transition {
  const wait = listeningTime(context.config, wish);
  return enterBackupUnheard("initialize", source, wait, `started: listens for a master for ${readable(wait)}`, context);
}

function goOn(source: IpAddress, event: Resume, context: Context): Transition {
  const silent = readable(elapsed(event.lastAdvertisementAt, context.now));
  const effects: Effect[] = [
    { kind: "send-advertisement", priority: context.config.priority },
    changed(context.config, "initialize", "master", `resumed ${silent} after the last advertisement`),
  ];
  return { state: freshMaster(source, context), effects };
}

function cameTooLate(source: IpAddress, event: Resume, context: Context): Transition {
  const silent = readable(elapsed(event.lastAdvertisementAt, context.now));
  const reason = `came back ${silent} after the last advertisement: another router may be master`;
  return enterBackupUnheard("initialize", source, listeningTime(context.config, "backup"), reason, context);
}
