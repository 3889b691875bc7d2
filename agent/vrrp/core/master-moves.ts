import { after, elapsed, type Instant, type Milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { Effect } from "./effect.ts";
import {
  enterBackupUnheard,
  enterFault,
  extraAddresses,
  firstProbe,
  listeningTime,
  nextExtra,
  nextRefresh,
  peerOf,
  secondAnnouncement,
  verification,
} from "./entering.ts";
import type { AddressClaimed, AdvertisementHeard, EnvironmentChanged } from "./instance-event.ts";
import type { Master } from "./instance-state.ts";
import { claimKey, claimPause } from "./master-occurrences.ts";
import { isPutAlike, isSameAddress } from "./same-address.ts";
import { masterDownInterval } from "./timers.ts";
import { type Context, type Row, stay, type Transition } from "./transition.ts";

/** The row of an advertisement that is no reason to yield: mastership is asserted. */
export function assert(section: string): Row<Master, AdvertisementHeard> {
  return {
    section,
    does: "advertise at once and announce the addresses again: two masters",
    next: ["master"],
    take: assertMastership,
  };
}

/** The row of something that is missing. */
export function stop(does: string): Row<Master, EnvironmentChanged> {
  return {
    section: "keepalived, state FAULT",
    does,
    next: ["fault"],
    take: (state, { environment }, context) =>
      environment.ready ? stay(state) : enterFault(state, environment, context),
  };
}

/** The advertisement that is due. */
export function advertise(state: Master, { config, now }: Context): { state: Master; effects: readonly Effect[] } {
  return {
    state: { ...state, advertiseAt: after(now, config.advertisementInterval) },
    effects: [{ kind: "send-advertisement", priority: config.priority }],
  };
}

/** The same where no advertisement answers (lower_prio_no_advert). */
export function leaveUnanswered(section: string): Row<Master, AdvertisementHeard> {
  return {
    section,
    does: "announce the addresses again, and leave it to the others to yield: two masters",
    next: ["master"],
    take: announceAgain,
  };
}

/** The transition with an advertisement before all else. */
export function answering({ config }: Context, { state, effects }: Transition): Transition {
  return { state, effects: [{ kind: "send-advertisement", priority: config.priority }, ...effects] };
}

/** Why a master yields, as a sentence. */
export function higherPriority({ source, priority }: AdvertisementHeard): string {
  return `${source} has priority ${priority}, higher than ours`;
}

/** The same for equal priorities. */
export function higherAddress({ source }: AdvertisementHeard, state: Master): string {
  return `${source} has equal priority and a higher address than ${state.source}`;
}

/** The same for two address owners. */
export function anotherOwner({ source }: AdvertisementHeard, state: Master): string {
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

/** Remembers who else is master, and reports him when that is news. */
export function noteRival(state: Master, heard: AdvertisementHeard, context: Context): Transition & { state: Master } {
  const effects = isNews(state, heard, context) ? [dualMaster(heard, context.config)] : [];
  return { state: { ...state, rival: peerOf(heard, context.now) }, effects };
}

/** A rival is reported once, and again when it had been silent for so long that it counted as down. */
function isNews({ rival }: Master, heard: AdvertisementHeard, { config, now }: Context): boolean {
  if (rival === undefined || rival.address !== heard.source) return true;
  return elapsed(rival.heardAt, now) > masterDownInterval({ ...config, masterInterval: config.advertisementInterval });
}

/** Announces an address again that somebody else claims, and reports him. */
export function resist(state: Master, claimed: AddressClaimed, { config, now }: Context): Transition {
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

function dualMaster({ source, priority }: AdvertisementHeard, config: VrrpInstanceModel): Effect {
  const { name, priority: own } = config;
  return {
    kind: "report",
    event: { kind: "dual-master", instance: name, peer: source, peerPriority: priority, priority: own },
  };
}

/** One interval after the last deadline, so that the cadence does not drift; from now on when a whole interval has been missed. */
export function inCadence(previous: Instant, interval: Milliseconds, now: Instant): Instant {
  const next = after(previous, interval);
  return next > now ? next : after(now, interval);
}

/** The announcement of these addresses, if there are any. */
export function announce(addresses: readonly VirtualAddressModel[], repeat: number): readonly Effect[] {
  return addresses.length === 0 || repeat === 0 ? [] : [{ kind: "announce", addresses, repeat }];
}

/** Leaves because another member of the sync group has left. */
export function leaveWithGroup(state: Master, member: string, context: Context): Transition {
  const reason = `follows ${member} of its sync group, which has yielded`;
  const backup = enterBackupUnheard("master", state.source, listeningTime(context.config, "backup"), reason, context);
  return { ...backup, effects: [{ kind: "send-advertisement", priority: 0 }, ...backup.effects] };
}

/** Gives the addresses up for a reason of its own, and listens. */
export function stepDown(state: Master, why: string, context: Context): Transition {
  const reason = `${why}: another router may have taken over`;
  return enterBackupUnheard("master", state.source, listeningTime(context.config, "backup"), reason, context);
}

/** Goes on under another configuration. */
export function reconfigure(state: Master, previous: VrrpInstanceModel, context: Context): Transition {
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
  if (added.length > 0) effects.push(...verification(config, added));
  const probeAt = added.length > 0 ? firstProbe(config, now) : state.probeAt;
  return { state: { ...advertised.state, announceAt, probeAt, ...refreshed(state, previous, context) }, effects };
}

/** The announcements for the sake of others go on in their cadence, unless the change is about it: frequent changes do not put them off for ever. */
function refreshed(
  { refreshAt, extraAt }: Master,
  { gratuitousArp: before, ...previous }: VrrpInstanceModel,
  { config, now }: Context,
): Pick<Master, "refreshAt" | "extraAt"> {
  const { gratuitousArp } = config;
  const keepsRefresh = before.refresh === gratuitousArp.refresh && before.refreshRepeat === gratuitousArp.refreshRepeat;
  const hadExtra = extraAddresses({ ...previous, gratuitousArp: before }).length > 0;
  const keepsExtra =
    before.extraInterval === gratuitousArp.extraInterval && hadExtra === extraAddresses(config).length > 0;
  return {
    refreshAt: keepsRefresh ? refreshAt : nextRefresh(config, now),
    extraAt: keepsExtra ? extraAt : nextExtra(config, now),
  };
}

export function without(
  list: readonly VirtualAddressModel[],
  other: readonly VirtualAddressModel[],
  isSame: typeof isSameAddress,
): VirtualAddressModel[] {
  return list.filter((address) => !other.some((one) => isSame(address, one)));
}
