// State master (RFC 3768, section 6.4.3; RFC 9568, section 6.4.3, there called Active): hold the addresses and advertise. A master whose
// advertisements have not reached the wire for a master down interval is none any more: it gives up its addresses before anything else.

import { compareAddresses } from "../../base/address.ts";
import { after, elapsed, type Instant, type Milliseconds, milliseconds, seconds } from "../../base/duration.ts";
import type { VirtualAddressModel, VrrpInstanceModel } from "../../config/model.ts";
import type { Effect } from "./effect.ts";
import {
  enterBackupUnheard,
  enterFault,
  extraAddresses,
  leave,
  listeningTime,
  nextExtra,
  nextRefresh,
  peerOf,
  readable,
  secondAnnouncement,
  yieldTo,
} from "./entering.ts";
import { missingOccurrence } from "./fault-rows.ts";
import { ownerPriority } from "./initialize-rows.ts";
import type {
  AddressClaimed,
  AdvertisementHeard,
  EnvironmentChanged,
  InstanceEvent,
  Suspended,
} from "./instance-event.ts";
import type { Master } from "./instance-state.ts";
import { isPutAlike, isSameAddress } from "./same-address.ts";
import { longestSilence, masterDownInterval } from "./timers.ts";
import { type Context, type Row, type Rows, type Step, stay, type Transition, takeRow } from "./transition.ts";

type Occurrence =
  | "priority 0 heard"
  | "higher priority heard"
  | "higher priority heard, answering"
  | "equal priority heard from a higher address"
  | "equal priority heard from a higher address, answering"
  | "equal priority heard from a lower address"
  | "equal priority heard from a lower address, not answering"
  | "another address owner heard from a higher address"
  | "another address owner heard from a lower address"
  | "advertisement ignored by the address owner"
  | "own packet heard"
  | "lower priority heard"
  | "lower priority heard, not answering"
  | "advertisement sent"
  | "advertisement deadline"
  | "announcement deadline"
  | "refresh deadline"
  | "extra announcement deadline"
  | "probe deadline"
  | "no deadline has come"
  | "silent for longer than the master down interval"
  | "address claimed by somebody else"
  | "address claimed by somebody else, reported already"
  | "address claimed by the master before"
  | "suspended for a moment"
  | "suspended for longer than the master down interval"
  | "interface missing"
  | "link down"
  | "ownership missing"
  | "source address missing"
  | "socket missing"
  | "tracker failed"
  | "sync group in fault"
  | "sync group left master"
  | "key missing"
  | "unicast peers missing"
  | "nothing missing"
  | "priority changed"
  | "configuration changed"
  | "shutdown"
  | "anything else";

/** What happens in state master. */
export const masterRows: Rows<Master, Occurrence> = {
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
    does: "nothing: the segment returns our packets, or somebody has our address",
    next: ["master"],
    take: (state) => stay(state),
  },
  "lower priority heard": assert("RFC 9568, 6.4.3; keepalived, forcing a new election"),
  "lower priority heard, not answering": leaveUnanswered("RFC 5798, 6.4.3; keepalived, lower_prio_no_advert"),
  "advertisement sent": {
    section: "ours: what the peers count from",
    does: "remember when the wire took it",
    next: ["master"],
    take: (state, _, { now }) => stay({ ...state, lastAdvertisementAt: now }),
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

/** Whether the wire has taken no advertisement for so long that another router may have taken over. */
export function isLate(state: Master, config: VrrpInstanceModel, now: Instant): boolean {
  return elapsed(state.lastAdvertisementAt, now) > longestSilence(config);
}

function claimedOccurrence({ since, claims }: Master, claimed: AddressClaimed, { config, now }: Context) {
  if (elapsed(since, now) < config.advertisementInterval) return "address claimed by the master before";
  const before = claims.get(claimKey(claimed));
  return before !== undefined && elapsed(before, now) < claimPause
    ? "address claimed by somebody else, reported already"
    : "address claimed by somebody else";
}

/** Its own advertisements are older by the suspension than the clock says. */
function suspendedOccurrence({ lastAdvertisementAt }: Master, { length }: Suspended, { config, now }: Context) {
  return elapsed(lastAdvertisementAt, now) + length > longestSilence(config)
    ? "suspended for longer than the master down interval"
    : "suspended for a moment";
}

function heardOccurrence(state: Master, heard: AdvertisementHeard, { config }: Context) {
  const { priority } = heard;
  if (config.priority === ownerPriority && config.ownerIgnoreAdverts)
    return "advertisement ignored by the address owner";
  if (priority === 0) return "priority 0 heard";
  if (priority > config.priority)
    return config.higherPrioSendAdvert ? "higher priority heard, answering" : "higher priority heard";
  if (priority < config.priority)
    return config.lowerPrioNoAdvert ? "lower priority heard, not answering" : "lower priority heard";
  return equalOccurrence(compareAddresses(heard.source, heard.against ?? state.source), config);
}

/** Between equal priorities the addresses decide; `difference` is above 0 when the other's is the higher one. */
function equalOccurrence(
  difference: number,
  { priority, higherPrioSendAdvert, lowerPrioNoAdvert }: VrrpInstanceModel,
): Occurrence & `${string} heard${string}` {
  if (difference === 0) return "own packet heard";
  if (priority === ownerPriority)
    return difference > 0
      ? "another address owner heard from a higher address"
      : "another address owner heard from a lower address";
  if (difference > 0)
    return higherPrioSendAdvert
      ? "equal priority heard from a higher address, answering"
      : "equal priority heard from a higher address";
  return lowerPrioNoAdvert
    ? "equal priority heard from a lower address, not answering"
    : "equal priority heard from a lower address";
}

function deadlineOccurrence({ advertiseAt, announceAt, refreshAt, extraAt, probeAt }: Master, { now }: Context) {
  if (advertiseAt <= now) return "advertisement deadline";
  if (announceAt !== undefined && announceAt.at <= now) return "announcement deadline";
  if (refreshAt !== undefined && refreshAt <= now) return "refresh deadline";
  if (extraAt !== undefined && extraAt <= now) return "extra announcement deadline";
  return probeAt !== undefined && probeAt <= now ? "probe deadline" : "no deadline has come";
}

function environmentOccurrence({ environment }: EnvironmentChanged) {
  return environment.ready ? "nothing missing" : missingOccurrence[environment.missing];
}

function assert(section: string): Row<Master, AdvertisementHeard> {
  return {
    section,
    does: "advertise at once and announce the addresses again: two masters",
    next: ["master"],
    take: assertMastership,
  };
}

function stop(does: string): Row<Master, EnvironmentChanged> {
  return {
    section: "keepalived, state FAULT",
    does,
    next: ["fault"],
    take: (state, { environment }, context) =>
      environment.ready ? stay(state) : enterFault(state, environment, context),
  };
}

function advertise(state: Master, { config, now }: Context): { state: Master; effects: readonly Effect[] } {
  return {
    state: { ...state, advertiseAt: after(now, config.advertisementInterval) },
    effects: [{ kind: "send-advertisement", priority: config.priority }],
  };
}

function leaveUnanswered(section: string): Row<Master, AdvertisementHeard> {
  return {
    section,
    does: "announce the addresses again, and leave it to the others to yield: two masters",
    next: ["master"],
    take: announceAgain,
  };
}

/** The transition with an advertisement before all else. */
function answering({ config }: Context, { state, effects }: Transition): Transition {
  return { state, effects: [{ kind: "send-advertisement", priority: config.priority }, ...effects] };
}

function higherPriority({ source, priority }: AdvertisementHeard): string {
  return `${source} has priority ${priority}, higher than ours`;
}

function higherAddress({ source }: AdvertisementHeard, state: Master): string {
  return `${source} has equal priority and a higher address than ${state.source}`;
}

function anotherOwner({ source }: AdvertisementHeard, state: Master): string {
  return `${source} is configured as address owner too (priority 255) and has a higher address than ${state.source}: only one director can own the addresses`;
}

function assertMastership(state: Master, heard: AdvertisementHeard, context: Context): Transition {
  const advertised = advertise(state, context);
  const announced = announceAgain(advertised.state, heard, context);
  return { state: announced.state, effects: [...advertised.effects, ...announced.effects] };
}

function announceAgain(state: Master, heard: AdvertisementHeard, context: Context): Transition {
  const { config, now } = context;
  const { lowerPriorityRepeat: repeat, lowerPriorityDelay: delay } = config.gratuitousArp;
  const noted = noteRival(state, heard, context);
  if (repeat === 0) return noted;
  const announced = { ...noted.state, announceAt: { at: after(now, delay), repeat } };
  return {
    state: delay > 0 ? announced : noted.state,
    effects: [...announce(config.virtualAddresses, repeat), ...noted.effects],
  };
}

function noteRival(state: Master, heard: AdvertisementHeard, context: Context): Transition & { state: Master } {
  const effects = isNews(state, heard, context) ? [dualMaster(heard, context.config)] : [];
  return { state: { ...state, rival: peerOf(heard, context.now) }, effects };
}

/** A rival is reported once, and again when it had been silent for so long that it counted as down. */
function isNews({ rival }: Master, heard: AdvertisementHeard, { config, now }: Context): boolean {
  if (rival === undefined || rival.address !== heard.source) return true;
  return elapsed(rival.heardAt, now) > masterDownInterval({ ...config, masterInterval: config.advertisementInterval });
}

function resist(state: Master, claimed: AddressClaimed, { config, now }: Context): Transition {
  const { address, hardwareAddress } = claimed;
  const claims = new Map([...state.claims].filter(([, at]) => elapsed(at, now) < claimPause));
  claims.set(claimKey(claimed), now);
  const event = {
    ...({ kind: "dual-master", instance: config.name, priority: config.priority } as const),
    ...{ address: address.address, hardwareAddress },
  };
  return {
    state: { ...state, claims },
    effects: [...announce([address], config.gratuitousArp.lowerPriorityRepeat), { kind: "report", event }],
  };
}

function claimKey({ address, hardwareAddress }: AddressClaimed): string {
  return `${address.address} ${hardwareAddress}`;
}

/** The same claim is reported again after this long. */
const claimPause = seconds(60);

function dualMaster({ source, priority }: AdvertisementHeard, config: VrrpInstanceModel): Effect {
  const { name, priority: own } = config;
  return {
    kind: "report",
    event: { kind: "dual-master", instance: name, peer: source, peerPriority: priority, priority: own },
  };
}

/** One interval after the last deadline, so that the cadence does not drift; from now on when a whole interval has been missed. */
function inCadence(previous: Instant, interval: Milliseconds, now: Instant): Instant {
  const next = after(previous, interval);
  return next > now ? next : after(now, interval);
}

function announce(addresses: readonly VirtualAddressModel[], repeat: number): readonly Effect[] {
  return addresses.length === 0 || repeat === 0 ? [] : [{ kind: "announce", addresses, repeat }];
}

function leaveWithGroup(state: Master, member: string, context: Context): Transition {
  const reason = `follows ${member} of its sync group, which has yielded`;
  const backup = enterBackupUnheard("master", state.source, listeningTime(context.config, "backup"), reason, context);
  return { ...backup, effects: [{ kind: "send-advertisement", priority: 0 }, ...backup.effects] };
}

function stepDown(state: Master, why: string, context: Context): Transition {
  const reason = `${why}: another router may have taken over`;
  return enterBackupUnheard("master", state.source, listeningTime(context.config, "backup"), reason, context);
}

function reconfigure(state: Master, previous: VrrpInstanceModel, context: Context): Transition {
  const { config, now } = context;
  const advertised = advertise(state, context);
  const added = without(config.virtualAddresses, previous.virtualAddresses, isPutAlike);
  const removed = without(previous.virtualAddresses, config.virtualAddresses, isSameAddress);
  const effects: Effect[] = [...advertised.effects];
  // First put, then remove: an address whose prefix length changes is never gone.
  if (added.length > 0) effects.push({ kind: "put-addresses", addresses: added });
  if (removed.length > 0) effects.push({ kind: "remove-addresses", addresses: removed });
  effects.push(...announce(added, config.gratuitousArp.repeat));
  const announceAt = added.length > 0 ? secondAnnouncement(config, now) : state.announceAt;
  return {
    state: { ...advertised.state, announceAt, refreshAt: nextRefresh(config, now), extraAt: nextExtra(config, now) },
    effects,
  };
}

function without(
  list: readonly VirtualAddressModel[],
  other: readonly VirtualAddressModel[],
  isSame: typeof isSameAddress,
): VirtualAddressModel[] {
  return list.filter((address) => !other.some((one) => isSame(address, one)));
}
