import { after, elapsed, milliseconds } from "../../base/duration.ts";
import { extraAddresses, leave, nextExtra, nextRefresh, readable, yieldTo } from "./entering.ts";
import type { InstanceEvent } from "./instance-event.ts";
import type { Master } from "./instance-state.ts";
import {
  advertise,
  announce,
  anotherOwner,
  answering,
  assert,
  higherAddress,
  higherPriority,
  inCadence,
  leaveUnanswered,
  leaveWithGroup,
  noteRival,
  reconfigure,
  resist,
  stepDown,
  stop,
} from "./master-moves.ts";
import {
  claimedOccurrence,
  deadlineOccurrence,
  environmentOccurrence,
  heardOccurrence,
  isLate,
  type MasterOccurrence,
  suspendedOccurrence,
} from "./master-occurrences.ts";
import { type Context, type Rows, type Step, stay, takeRow } from "./transition.ts";

/** What happens in state master. */
export const masterRows: Rows<Master, MasterOccurrence> = {
  "priority 0 heard": {
    section: "RFC 9568, 6.4.3; RFC 3768, 6.4.3",
    does: "advertise at once, so that nobody else takes over",
    next: ["master"],
    take: (state, _, context) => advertise(state, context),
  },
  "higher priority heard": {
    section: "RFC 9568, 6.4.3; RFC 3768, 6.4.3",
    does: "yield: remove the addresses and follow",
    next: ["backup"],
    take: (state, event, context) => yieldTo(event, state.source, higherPriority(event), context),
  },
  "higher priority heard, answering": {
    section: "keepalived, higher_prio_send_advert",
    does: "advertise once more, then yield: remove the addresses and follow",
    next: ["backup"],
    take: (state, event, context) => answering(context, yieldTo(event, state.source, higherPriority(event), context)),
  },
  "equal priority heard from a higher address": {
    section: "RFC 9568, 6.4.3; RFC 3768, 6.4.3",
    does: "yield: remove the addresses and follow",
    next: ["backup"],
    take: (state, event, context) => yieldTo(event, state.source, higherAddress(event, state), context),
  },
  "equal priority heard from a higher address, answering": {
    section: "keepalived, higher_prio_send_advert",
    does: "advertise once more, then yield: remove the addresses and follow",
    next: ["backup"],
    take: (state, event, context) =>
      answering(context, yieldTo(event, state.source, higherAddress(event, state), context)),
  },
  "equal priority heard from a lower address": assert("RFC 9568, 6.4.3; RFC 3768, 6.4.3"),
  "equal priority heard from a lower address, not answering": leaveUnanswered("RFC 5798, 6.4.3; RFC 3768, 6.4.3"),
  "another address owner heard from a higher address": {
    section: "RFC 9568, 6.4.3 with erratum 8298",
    does: "yield: remove the addresses and follow; the addresses can have one owner only",
    next: ["backup"],
    take: (state, event, context) => yieldTo(event, state.source, anotherOwner(event, state), context),
  },
  "another address owner heard from a lower address": assert("RFC 9568, 6.4.3 with erratum 8298"),
  "advertisement ignored by the address owner": {
    section: "keepalived, owner_ignore_adverts",
    does: "nothing but report it: it holds its addresses, whoever claims them",
    next: ["master"],
    take: (state, event, context) => noteRival(state, event, context),
  },
  "own packet heard": {
    section: "keepalived, equal priority and equal address",
    does: "report it and nothing else: the segment returns our packets, or another director has our address and our priority",
    next: ["master"],
    take: (state, event, context) => noteRival(state, event, context),
  },
  "lower priority heard": assert("RFC 9568, 6.4.3; keepalived, forcing a new election"),
  "lower priority heard, not answering": leaveUnanswered("RFC 5798, 6.4.3; keepalived, lower_prio_no_advert"),
  "advertisement sent": {
    section: "ours: what the peers count from",
    does: "remember when the wire took it",
    next: ["master"],
    take: (state, _, { now }) => stay({ ...state, lastAdvertisementAt: now }),
  },
  "advertisement left": {
    section: "RFC 9568, 6.4.3; RFC 3768, 6.4.3",
    does: "keep the cadence: what was due has left by itself",
    next: ["master"],
    take: (state, _, { config, now }) =>
      stay({
        ...state,
        advertiseAt: inCadence(state.advertiseAt, config.advertisementInterval, now),
        lastAdvertisementAt: now,
      }),
  },
  "advertisement deadline": {
    section: "RFC 9568, 6.4.3; RFC 3768, 6.4.3",
    does: "advertise and keep the cadence",
    next: ["master"],
    take: (state, _, { config, now }) => ({
      state: { ...state, advertiseAt: inCadence(state.advertiseAt, config.advertisementInterval, now) },
      effects: [{ kind: "send-advertisement", priority: config.priority }],
    }),
  },
  "announcement deadline": {
    section: "keepalived, garp_master_delay",
    does: "announce the addresses for the second time",
    next: ["master"],
    take: (state, _, { config }) => ({
      state: { ...state, announceAt: undefined },
      effects: announce(config.virtualAddresses, state.announceAt?.repeat ?? 0),
    }),
  },
  "refresh deadline": {
    section: "keepalived, garp_master_refresh",
    does: "announce the addresses for the sake of refreshing",
    next: ["master"],
    take: (state, _, { config, now }) => ({
      state: { ...state, refreshAt: nextRefresh(config, now) },
      effects: announce(config.virtualAddresses, config.gratuitousArp.refreshRepeat),
    }),
  },
  "extra announcement deadline": {
    section: "keepalived, garp_extra_if",
    does: "announce the addresses on other interfaces once, so that switches do not forget where they are",
    next: ["master"],
    take: (state, _, { config, now }) => ({
      state: { ...state, extraAt: nextExtra(config, now) },
      effects: announce(extraAddresses(config), 1),
    }),
  },
  "probe deadline": {
    section: "ours: two masters, of which one does not advertise to us; RFC 5227, 2.1.1",
    does: "ask whether somebody else has the addresses",
    next: ["master"],
    take: (state, _, { config }) => ({
      state: { ...state, probeAt: undefined },
      effects: [{ kind: "probe-addresses", addresses: config.virtualAddresses }],
    }),
  },
  "no deadline has come": {
    section: "ours: a spurious call is harmless",
    does: "nothing",
    next: ["master"],
    take: (state) => stay(state),
  },
  "silent for longer than the master down interval": {
    section: "ours: late is not alive",
    does: "remove the addresses before anything else, and listen as any backup",
    next: ["backup"],
    take: (state, _, context) => {
      const silent = readable(elapsed(state.lastAdvertisementAt, context.now));
      return stepDown(state, `could not advertise for ${silent}`, context);
    },
  },
  "address claimed by somebody else": {
    section: "ours: two masters, of which one does not advertise to us; RFC 5227, 2.4",
    does: "report it, and announce the address as against a lesser master",
    next: ["master"],
    take: (state, event, context) => resist(state, event, context),
  },
  "address claimed by somebody else, reported already": {
    section: "ours: two hosts may not shout at each other without end; RFC 5227, 2.4",
    does: "nothing",
    next: ["master"],
    take: (state) => stay(state),
  },
  "address claimed by the master before": {
    section: "ours: what was sent before our advertisement was heard may still arrive",
    does: "nothing",
    next: ["master"],
    take: (state) => stay(state),
  },
  "suspended for a moment": {
    section: "ours: nobody has noticed that the machine was suspended",
    does: "advertise at once",
    next: ["master"],
    take: (state, { length }, context) => {
      const lastAdvertisementAt = after(state.lastAdvertisementAt, milliseconds(-length));
      return advertise({ ...state, lastAdvertisementAt }, context);
    },
  },
  "suspended for longer than the master down interval": {
    section: "ours: late is not alive",
    does: "remove the addresses before anything else, and listen as any backup",
    next: ["backup"],
    take: (state, { length }, context) => stepDown(state, `the machine was suspended for ${readable(length)}`, context),
  },
  "interface missing": stop("say that we leave, remove the addresses, wait for the interface"),
  "link down": stop("say that we leave, remove the addresses, wait for the link"),
  "socket missing": stop("say that we leave, remove the addresses, wait for a socket"),
  "tracker failed": stop("say that we leave, remove the addresses, wait for what is tracked"),
  "sync group in fault": stop("say that we leave, remove the addresses, wait for the others of the sync group"),
  "sync group left master": {
    section: "keepalived, sync groups: one that yields has all yield",
    does: "say that we leave, remove the addresses, and listen as any backup",
    next: ["backup"],
    take: (state, { member }, context) => leaveWithGroup(state, member, context),
  },
  "key missing": stop("remove the addresses, wait for the key"),
  "unicast peers missing": stop("remove the addresses, wait for peers"),
  "ownership missing": stop("say that we leave, and leave the director's own address alone"),
  "source address missing": stop("say that we leave, remove the addresses, wait for an address to send from"),
  "nothing missing": {
    section: "keepalived, address changes of the interface",
    does: "send from the new source address from now on",
    next: ["master"],
    take: (state, { environment }) => stay(environment.ready ? { ...state, source: environment.source } : state),
  },
  "priority changed": {
    section: "keepalived, own priority changes while master",
    does: "advertise the new priority at once",
    next: ["master"],
    take: (state, _, context) => advertise(state, context),
  },
  "configuration changed": {
    section: "ours: a change disturbs only what it changes",
    does: "advertise at once, put, announce and remove the addresses that differ",
    next: ["master"],
    take: (state, event, context) => reconfigure(state, event.previous, context),
  },
  shutdown: {
    section: "RFC 9568, 6.4.3; RFC 3768, 6.4.3",
    does: "say that we leave, remove the addresses, end",
    next: ["initialize"],
    take: (state, event, context) => leave(state, event, context),
  },
  "anything else": {
    section: "RFC 9568, 6.4.3",
    does: "nothing: it is already started",
    next: ["master"],
    take: (state) => stay(state),
  },
};

/** A step in state master. */
export function stepMaster(state: Master, event: InstanceEvent, context: Context): Step {
  switch (event.kind) {
    case "advertisement":
      return takeRow(masterRows, heardOccurrence(state, event, context), state, event, context);
    case "advertisement-sent":
      return takeRow(masterRows, "advertisement sent", state, event, context);
    case "advertisement-left":
      return takeRow(masterRows, "advertisement left", state, event, context);
    case "deadline":
      return takeRow(masterRows, deadlineOccurrence(state, context), state, event, context);
    case "address-claimed":
      return takeRow(masterRows, claimedOccurrence(state, event, context), state, event, context);
    case "suspended":
      return takeRow(masterRows, suspendedOccurrence(state, event, context), state, event, context);
    case "environment-changed":
      return takeRow(masterRows, environmentOccurrence(event), state, event, context);
    case "priority-changed":
      return takeRow(masterRows, "priority changed", state, event, context);
    case "group-left-master":
      return takeRow(masterRows, "sync group left master", state, event, context);
    case "configuration-changed":
      return takeRow(masterRows, "configuration changed", state, event, context);
    case "shutdown":
      return takeRow(masterRows, "shutdown", state, event, context);
    case "group-became-master":
    case "takeover-refused":
    case "startup":
    case "resume":
      return takeRow(masterRows, "anything else", state, event, context);
  }
}

/** The step of a master that comes too late for this event; undefined when it is in time. A shutdown or a confirmation is never too late; a suspension has rows of its own. */
export function stepDownIfLate(state: Master, event: InstanceEvent, context: Context): Step | undefined {
  if (event.kind === "shutdown" || event.kind === "advertisement-sent" || event.kind === "suspended") return undefined;
  // A change comes to a master that was late by its old intervals, and that holds its old addresses.
  const config = "previous" in event ? event.previous : context.config;
  if (!isLate(state, config, context.now)) return undefined;
  const late = { ...context, config };
  return takeRow(masterRows, "silent for longer than the master down interval", state, event, late);
}
