// State backup (RFC 3768, section 6.4.2; RFC 9568, section 6.4.2): listen, and take over when there is no master or only a lesser one.
// A backup compares priorities and never addresses: those decide between two masters.

import { after, elapsed, type Instant, milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { arrivalOf, enterFault, enterMaster, followed, leave, peerOf, readable, refusalPause } from "./entering.ts";
import { missingOccurrence } from "./fault-rows.ts";
import { ownerPriority } from "./initialize-rows.ts";
import type { AdvertisementHeard, Deadline, EnvironmentChanged, InstanceEvent } from "./instance-event.ts";
import type { Backup } from "./instance-state.ts";
import { masterDownInterval, skewTime } from "./timers.ts";
import { type Context, type Row, type Rows, type Step, stay, type Transition, takeRow } from "./transition.ts";

type Occurrence =
  | "priority 0 heard"
  | "higher priority heard"
  | "equal priority heard"
  | "advertisement ignored by the address owner"
  | "lower priority heard, preempting"
  | "lower priority heard, preempt delay running"
  | "lower priority heard, not preempting"
  | "master down deadline"
  | "master down deadline, far too late"
  | "takeover refused"
  | "no deadline has come"
  | "suspended while listening"
  | "interface missing"
  | "link down"
  | "ownership missing"
  | "source address missing"
  | "socket missing"
  | "tracker failed"
  | "sync group in fault"
  | "sync group became master"
  | "master down deadline, sync group not ready"
  | "key missing"
  | "unicast peers missing"
  | "nothing missing"
  | "priority changed"
  | "configuration changed"
  | "shutdown"
  | "anything else";

/** What happens in state backup. */
export const backupRows: Rows<Backup, Occurrence> = {
  "priority 0 heard": {
    section: "RFC 9568, 6.4.2; RFC 3768, 6.4.2",
    does: "the master leaves: wait for the skew time only",
    next: ["backup"],
    take: (state, event, context) =>
      wake(
        { ...state, master: peerOf(event, context.now) },
        after(arrivalOf(event, context.now), skewTime({ ...context.config, ...state })),
      ),
  },
  "higher priority heard": follow("RFC 9568, 6.4.2; RFC 3768, 6.4.2"),
  "equal priority heard": follow("RFC 9568, 6.4.2; RFC 3768, 6.4.2"),
  "advertisement ignored by the address owner": {
    section: "keepalived, owner_ignore_adverts",
    does: "nothing: the timer runs out, whoever advertises",
    next: ["backup"],
    take: (state) => stay(state),
  },
  "lower priority heard, preempting": {
    section: "RFC 9568, 6.4.2; RFC 3768, 6.4.2",
    does: "discard it and let the timer run out",
    next: ["backup"],
    take: (state, event, { now }) => stay({ ...state, master: peerOf(event, now) }),
  },
  "lower priority heard, preempt delay running": {
    section: "keepalived, preempt_delay",
    does: "follow the lower master until the delay has passed",
    next: ["backup"],
    take: (state, event, context) =>
      stay({
        ...without(state),
        ...followed(event, context),
        preemptAt: state.preemptAt ?? delayFrom(context),
      }),
  },
  "lower priority heard, not preempting": follow("RFC 9568, 6.4.2, Preempt_Mode false; RFC 3768, 6.4.2"),
  "master down deadline": {
    section: "RFC 9568, 6.4.2; RFC 3768, 6.4.2",
    does: "become master: advertise, put the addresses, announce them",
    next: ["master"],
    take: (state, _, context) => enterMaster("backup", state.source, silenceReason(state, context), context),
  },
  "master down deadline, far too late": {
    section: "ours: advertisements may wait unread behind a process that was held up",
    does: "listen for one more interval and the skew time before taking over",
    next: ["backup"],
    take: (state, _, context) => wake(state, oneIntervalFrom(state, context)),
  },
  "takeover refused": {
    section: "ours: who cannot say that he is master is none",
    does: "stay backup, and try again after a master down interval, a second at least",
    next: ["backup"],
    take: (state, _, context) => wake(without(state), whenToTryAgain(context)),
  },
  "master down deadline, sync group not ready": {
    section: "keepalived, sync groups: all become master, or none",
    does: "wish to be master, and ask again after a master down interval",
    next: ["backup"],
    take: (state, _, context) => wake({ ...state, wish: true }, oneDownIntervalFrom(state, context)),
  },
  "sync group became master": {
    section: "keepalived, sync groups: all become master, or none",
    does: "become master with the others: advertise, put the addresses, announce them",
    next: ["master"],
    take: (state, { member }, context) =>
      enterMaster("backup", state.source, `follows ${member} of its sync group`, context),
  },
  "no deadline has come": {
    section: "ours: a spurious call is harmless",
    does: "nothing",
    next: ["backup"],
    take: (state) => stay(state),
  },
  "suspended while listening": {
    section: "ours: nothing could be heard while the machine was suspended",
    does: "listen for one more interval and the skew time at least before taking over",
    next: ["backup"],
    take: (state, _, context) => wake(state, later(state.masterDownAt, oneIntervalFrom(state, context))),
  },
  "interface missing": stop("end listening until the interface is there"),
  "link down": stop("end listening until the link is up"),
  "socket missing": stop("end listening until a socket can be opened"),
  "tracker failed": stop("end listening until what is tracked is back"),
  "sync group in fault": stop("end listening until nobody of the sync group is in fault"),
  "key missing": stop("end listening until the key can be read"),
  "unicast peers missing": stop("end listening until there are peers"),
  "ownership missing": stop("end listening until the director's own address is none of the virtual ones"),
  "source address missing": stop("end listening until there is an address to send from"),
  "nothing missing": {
    section: "keepalived, address changes of the interface",
    does: "send from the new source address from now on",
    next: ["backup"],
    take: (state, { environment }) => stay(environment.ready ? { ...state, source: environment.source } : state),
  },
  "priority changed": {
    section: "keepalived, own priority changes while backup; RFC 9568, 6.1",
    does: "adjust the skew part of the running timer",
    next: ["backup"],
    take: (state, event, context) => adjust(state, event.previous, context),
  },
  "configuration changed": {
    section: "ours: a change does not start the listening anew",
    does: "adjust the running timer to the new intervals",
    next: ["backup"],
    take: (state, event, context) => adjust(withDelay(state, event.previous, context), event.previous, context),
  },
  shutdown: {
    section: "RFC 9568, 6.4.2; RFC 3768, 6.4.2",
    does: "end",
    next: ["initialize"],
    take: (state, event, context) => leave(state, event, context),
  },
  "anything else": {
    section: "RFC 9568, 6.4.2",
    does: "nothing: it is already started, and has not advertised",
    next: ["backup"],
    take: (state) => stay(state),
  },
};

/** A step in state backup. */
export function stepBackup(state: Backup, event: InstanceEvent, context: Context): Step {
  switch (event.kind) {
    case "advertisement":
      return takeRow(backupRows, heardOccurrence(state, event, context), state, event, context);
    case "deadline":
      return takeRow(backupRows, deadlineOccurrence(state, event, context), state, event, context);
    case "group-became-master":
      return takeRow(backupRows, "sync group became master", state, event, context);
    case "suspended":
      return takeRow(backupRows, "suspended while listening", state, event, context);
    case "environment-changed":
      return takeRow(backupRows, environmentOccurrence(event), state, event, context);
    case "priority-changed":
      return takeRow(backupRows, "priority changed", state, event, context);
    case "configuration-changed":
      return takeRow(backupRows, "configuration changed", state, event, context);
    case "advertisement-left":
      // Of a backup it is the one of the deadline: by that it has become master, though nobody was called.
      return takeRow(backupRows, "master down deadline", state, { kind: "deadline" }, context);
    case "takeover-refused":
      return takeRow(backupRows, "takeover refused", state, event, context);
    case "shutdown":
      return takeRow(backupRows, "shutdown", state, event, context);
    case "startup":
    case "resume":
    case "address-claimed":
    case "advertisement-sent":
    case "group-left-master":
      return takeRow(backupRows, "anything else", state, event, context);
  }
}

function heardOccurrence(state: Backup, { priority }: AdvertisementHeard, { config, now }: Context) {
  if (config.priority === ownerPriority && config.ownerIgnoreAdverts)
    return "advertisement ignored by the address owner";
  if (priority === 0) return "priority 0 heard";
  if (priority > config.priority) return "higher priority heard";
  if (priority === config.priority) return "equal priority heard";
  // The owner preempts whatever it is configured to do (RFC 9568, section 6.1, Preempt_Mode).
  if (config.priority === ownerPriority) return "lower priority heard, preempting";
  if (!config.preempt) return "lower priority heard, not preempting";
  if (config.preemptDelay === 0 || (state.preemptAt !== undefined && state.preemptAt <= now))
    return "lower priority heard, preempting";
  return "lower priority heard, preempt delay running";
}

function deadlineOccurrence(state: Backup, { groupWaits }: Deadline, { now }: Context) {
  if (now < state.masterDownAt) return "no deadline has come";
  if (elapsed(state.masterDownAt, now) > state.masterInterval) return "master down deadline, far too late";
  return groupWaits === true ? "master down deadline, sync group not ready" : "master down deadline";
}

function environmentOccurrence({ environment }: EnvironmentChanged) {
  return environment.ready ? "nothing missing" : missingOccurrence[environment.missing];
}

function follow(section: string): Row<Backup, AdvertisementHeard> {
  return {
    section,
    does: "follow this master: start the master down interval anew, in version 3 with its interval",
    next: ["backup"],
    take: (state, event, context) => stay({ ...without(state), ...followed(event, context), preemptAt: undefined }),
  };
}

function stop(does: string): Row<Backup, EnvironmentChanged> {
  return {
    section: "keepalived, state FAULT",
    does,
    next: ["fault"],
    take: (state, { environment }, context) =>
      environment.ready ? stay(state) : enterFault(state, environment, context),
  };
}

/** A backup that has heard a router to follow no longer wishes to be master. */
function without({ wish: _, ...state }: Backup): Backup {
  return state;
}

function wake(state: Backup, masterDownAt: Instant): Transition {
  return stay({ ...state, masterDownAt });
}

function whenToTryAgain({ config, now }: Context): Instant {
  return after(now, refusalPause(config));
}

/** A preempt delay that runs goes on, unless the change is about it. */
function withDelay(state: Backup, previous: VrrpInstanceModel, { config }: Context): Backup {
  const isSame = previous.preempt === config.preempt && previous.preemptDelay === config.preemptDelay;
  return isSame ? state : { ...state, preemptAt: undefined };
}

function delayFrom({ config, now }: Context): Instant {
  return after(now, config.preemptDelay);
}

function oneIntervalFrom(state: Backup, { config, now }: Context): Instant {
  return after(now, milliseconds(state.masterInterval + skewTime({ ...config, ...state })));
}

function oneDownIntervalFrom({ masterInterval }: Backup, { config, now }: Context): Instant {
  return after(now, masterDownInterval({ ...config, masterInterval }));
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

function adjust(state: Backup, previous: VrrpInstanceModel, { config }: Context): Transition {
  const learnt = config.version === 3 && state.master !== undefined;
  const masterInterval = learnt ? state.masterInterval : config.advertisementInterval;
  const before = masterDownInterval({ ...previous, masterInterval: state.masterInterval });
  const difference = milliseconds(masterDownInterval({ ...config, masterInterval }) - before);
  return stay({ ...state, masterInterval, masterDownAt: after(state.masterDownAt, difference) });
}

function silenceReason({ master }: Backup, { config, now }: Context): string {
  if (master === undefined) return "no master was heard";
  if (master.priority === 0) return `${master.address} has resigned`;
  const silent = readable(elapsed(master.heardAt, now));
  return master.priority < config.priority
    ? `preempts ${master.address}, whose priority ${master.priority} is lower than ${config.priority}`
    : `no advertisement from ${master.address} for ${silent}`;
}
